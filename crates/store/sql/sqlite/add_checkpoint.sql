-- Keeps a signed checkpoint, unless one of this size or a larger one is kept.
INSERT INTO log_checkpoints (position, root, signed_at, note, frontier, anchored)
SELECT n.column1, n.column2, n.column3, n.column4, n.column5, ''
FROM (VALUES (?, ?, ?, ?, ?)) AS n
WHERE NOT EXISTS (SELECT 1 FROM log_checkpoints WHERE position >= n.column1)
