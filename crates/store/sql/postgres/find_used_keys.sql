-- Which of these keys seal anything.
SELECT DISTINCT key_id
FROM sealed_parts
WHERE key_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($1::text::jsonb) AS value))
