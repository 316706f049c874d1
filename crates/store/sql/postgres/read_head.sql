-- The end of the log; read inside the lock, it is the truth for all processes.
SELECT store_id, kind, position, recorded_at, frontier
FROM log_head
