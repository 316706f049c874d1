-- The server empties its write-ahead log by itself.
SELECT 1::bigint
