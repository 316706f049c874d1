-- Mirrors in the log which keys the keyring has destroyed.
INSERT INTO destroyed_keys (key_id, destroyed_at)
SELECT unhex(value ->> 0), value ->> 1
FROM json_each(?)
WHERE true
ON CONFLICT (key_id) DO NOTHING
