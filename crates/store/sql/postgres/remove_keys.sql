-- Removes keys under which nothing was ever sealed.
DELETE FROM spor_keys.subject_keys
WHERE key_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($1::text::jsonb) AS value))
    AND destroyed_at IS NULL
    AND compartment <> 'claims'
