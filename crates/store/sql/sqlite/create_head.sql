-- The head of an empty log.
INSERT INTO log_head (log_head_id, store_id, kind, position, recorded_at, frontier)
VALUES (1, ?, ?, 0, ?, ?)
