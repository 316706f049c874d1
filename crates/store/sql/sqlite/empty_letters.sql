-- Empties letters that will not go out again.
UPDATE letters
SET bytes = x''
WHERE letter_id IN (SELECT unhex(value) FROM json_each(?))
    AND state IN ('sent', 'cancelled')
    AND length(bytes) > 0
