-- The newest signed checkpoint.
SELECT position, root, signed_at, note, frontier
FROM log_checkpoints
ORDER BY position DESC
LIMIT 1
