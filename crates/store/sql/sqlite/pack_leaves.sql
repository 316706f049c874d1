-- The hashes of events after one position, up to and with another, one after the other.
SELECT CAST(group_concat(CAST(leaf_hash AS TEXT), '') AS BLOB)
FROM (SELECT leaf_hash FROM events WHERE position > ? AND position <= ? ORDER BY position)
