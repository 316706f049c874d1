-- Destroys the keys of these (subject, compartment) pairs.
UPDATE spor_keys.subject_keys
SET wrapped = NULL, destroyed_at = $1::bigint
WHERE destroyed_at IS NULL
    AND (subject, compartment) IN (
        SELECT value ->> 0, value ->> 1
        FROM jsonb_array_elements($2::text::jsonb) AS value)
