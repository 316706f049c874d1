-- The letters since a day that may have come to some people, the latest first, by name alone.
SELECT letter_id, recipient, local_day
FROM letters
WHERE recipient IN (SELECT value FROM json_each(?1))
    AND local_day >= ?2
    AND state NOT IN ('cancelled', 'dead')
ORDER BY letter_no DESC
