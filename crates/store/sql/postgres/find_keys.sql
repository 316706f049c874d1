-- Keys by their ids, also destroyed ones.
SELECT key_id, subject, compartment, epoch, wrapped
FROM spor_keys.subject_keys
WHERE key_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($1::text::jsonb) AS value))
