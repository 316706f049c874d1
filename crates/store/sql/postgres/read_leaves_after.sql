-- The leaves of the tree after one position, up to and with another, in order.
SELECT leaf_hash
FROM events
WHERE position > $1::bigint
    AND position <= $2::bigint
ORDER BY position
