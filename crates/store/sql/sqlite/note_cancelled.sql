-- Notes why letters that wait are cancelled.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, text, at)
SELECT letter_id, fence, NULL, 'cancelled', ?, ?
FROM letters
WHERE letter_id IN (SELECT unhex(value) FROM json_each(?))
    AND state NOT IN ('sent', 'cancelled', 'leased', 'handing_over')
