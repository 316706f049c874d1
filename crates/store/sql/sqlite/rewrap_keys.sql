-- Wraps keys anew under the key-encryption key of another epoch.
UPDATE subject_keys
SET epoch = value ->> 1, wrapped = unhex(value ->> 2)
FROM json_each(?)
WHERE key_id = unhex(value ->> 0)
    AND destroyed_at IS NULL
