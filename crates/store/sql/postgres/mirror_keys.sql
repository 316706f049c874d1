-- Mirrors in the log which keys the keyring has destroyed.
INSERT INTO destroyed_keys (key_id, destroyed_at)
SELECT (value ->> 0)::uuid, (value ->> 1)::bigint
FROM jsonb_array_elements($1::text::jsonb) AS value
ON CONFLICT (key_id) DO NOTHING
