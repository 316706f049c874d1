-- What nobody has seen put right yet, by what it is filed under.
SELECT what, count(*)
FROM projection_failures
WHERE resolution IS NULL
GROUP BY what
