-- Which of these keys were destroyed.
SELECT key_id
FROM destroyed_keys
WHERE key_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($1::text::jsonb) AS value))
