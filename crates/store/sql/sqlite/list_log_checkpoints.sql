-- The signed checkpoints after a position, in order.
SELECT position, root, signed_at, note, frontier
FROM log_checkpoints
WHERE position > ?
ORDER BY position
