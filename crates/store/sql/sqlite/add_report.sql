-- Notes the report of a mail server about a letter in one of these states, the same report once.
INSERT INTO letter_attempts (letter_id, fence, phase, text, at, report)
SELECT letter_id, fence, ?, ?, ?, ?
FROM letters
WHERE letter_id = ?
    AND state IN (SELECT value FROM json_each(?))
ON CONFLICT DO NOTHING
