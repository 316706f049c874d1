-- The leaves of the tree after one position, up to and with another, in order.
SELECT leaf_hash
FROM events
WHERE position > ?
    AND position <= ?
ORDER BY position
