-- The destroyed keys of these (subject, compartment) pairs.
SELECT key_id, destroyed_at, epoch
FROM spor_keys.subject_keys
WHERE destroyed_at IS NOT NULL
    AND (subject, compartment) IN (
        SELECT value ->> 0, value ->> 1
        FROM jsonb_array_elements($1::text::jsonb) AS value)
ORDER BY key_no
