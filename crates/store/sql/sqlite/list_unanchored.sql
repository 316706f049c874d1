-- The signed checkpoints that were not brought to a place yet, in order.
SELECT position, root, signed_at, note, frontier
FROM log_checkpoints AS c
WHERE NOT EXISTS (
    SELECT 1
    FROM checkpoint_anchors AS a
    WHERE a.position = c.position
        AND a.place = ?
)
ORDER BY position
