-- Keeps a signed checkpoint, unless one of this size or a larger one is kept.
INSERT INTO log_checkpoints (position, root, signed_at, note, frontier, anchored)
SELECT $1::bigint, $2::bytea, $3::bigint, $4::text, $5::bytea, ''
WHERE NOT EXISTS (SELECT 1 FROM log_checkpoints WHERE position >= $1::bigint)
ON CONFLICT DO NOTHING
