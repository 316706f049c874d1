-- Removes keys under which nothing was ever sealed.
DELETE FROM subject_keys
WHERE key_id IN (SELECT unhex(value) FROM json_each(?))
    AND destroyed_at IS NULL
    AND compartment <> 'claims'
