-- What became of lines that were imported before.
SELECT line_key, outcome
FROM import_outcomes
WHERE line_key IN (SELECT value FROM json_each(?))
