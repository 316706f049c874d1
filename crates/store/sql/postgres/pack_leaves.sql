-- The hashes of events after one position, up to and with another, one after the other.
SELECT string_agg(leaf_hash, ''::bytea ORDER BY position)
FROM events
WHERE position > $1::bigint
    AND position <= $2::bigint
