-- What became of lines that were imported before.
SELECT line_key, outcome
FROM import_outcomes
WHERE line_key = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
