-- The streams that got events after one position, up to and with another.
SELECT DISTINCT stream
FROM events
WHERE position > $1::bigint
    AND position <= $2::bigint
