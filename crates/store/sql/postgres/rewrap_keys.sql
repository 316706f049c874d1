-- Wraps keys anew under the key-encryption key of another epoch.
UPDATE spor_keys.subject_keys
SET epoch = (value ->> 1)::bigint, wrapped = decode(value ->> 2, 'hex')
FROM jsonb_array_elements($1::text::jsonb) AS value
WHERE key_id = (value ->> 0)::uuid
    AND destroyed_at IS NULL
