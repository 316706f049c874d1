-- Destroys keys that another copy of the keyring has destroyed.
UPDATE subject_keys
SET wrapped = NULL, destroyed_at = value ->> 1
FROM json_each(?)
WHERE key_id = unhex(value ->> 0)
    AND destroyed_at IS NULL
