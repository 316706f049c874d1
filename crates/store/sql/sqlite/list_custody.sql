-- What was done with the store as a whole, the latest first.
SELECT act, position, begun_at, finished_at, hold_before, released_at
FROM custody
ORDER BY custody_no DESC
