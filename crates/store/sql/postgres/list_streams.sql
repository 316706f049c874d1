-- The next streams of a range of names, in order.
SELECT stream, version
FROM streams
WHERE stream >= $1::text
    AND stream < $2::text
ORDER BY stream
LIMIT $3::bigint
