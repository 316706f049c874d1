-- Destroys keys that another copy of the keyring has destroyed.
UPDATE spor_keys.subject_keys
SET wrapped = NULL, destroyed_at = (value ->> 1)::bigint
FROM jsonb_array_elements($1::text::jsonb) AS value
WHERE key_id = (value ->> 0)::uuid
    AND destroyed_at IS NULL
