-- The server empties its write-ahead log by itself; answers 0.
SELECT 0::bigint
