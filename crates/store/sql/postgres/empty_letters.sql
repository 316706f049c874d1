-- Empties letters that will not go out again.
UPDATE letters
SET bytes = ''
WHERE letter_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($1::text::jsonb) AS value))
    AND state IN ('sent', 'cancelled')
    AND length(bytes) > 0
