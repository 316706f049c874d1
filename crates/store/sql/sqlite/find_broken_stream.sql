-- The first position of a stream whose versions have gaps, or whose row says another version.
SELECT min(position)
FROM (
    SELECT min(e.position) AS position
    FROM events AS e
    LEFT JOIN streams AS s ON s.stream = e.stream
    GROUP BY e.stream
    HAVING max(e.version) <> count(*)
        OR min(e.version) <> 1
        OR max(s.version) IS NOT max(e.version)
)
