-- The next streams of a range of names, in order.
SELECT stream, version
FROM streams
WHERE stream >= ?
    AND stream < ?
ORDER BY stream
LIMIT ?
