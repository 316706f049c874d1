-- The head of an empty log.
INSERT INTO log_head (log_head_id, store_id, kind, position, recorded_at, frontier)
VALUES (1, $1::uuid, $2::text, 0, $3::bigint, $4::bytea)
