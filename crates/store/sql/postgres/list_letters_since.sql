-- The letters since a day that may have come to some people, the latest first, by name alone.
SELECT letter_id, recipient, local_day
FROM letters
WHERE recipient = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
    AND local_day >= $2::text
    AND state NOT IN ('cancelled', 'dead')
ORDER BY letter_no DESC
