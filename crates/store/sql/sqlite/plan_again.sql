-- What other cases have in letters that will be cancelled is planned again.
UPDATE reminders
SET state = 'planned'
WHERE state = 'composed'
    AND case_ref <> ?
    AND letter_id IN (
        SELECT letter_id
        FROM letters
        WHERE letter_id IN (SELECT unhex(value) FROM json_each(?))
            AND state NOT IN ('sent', 'cancelled', 'dead', 'leased', 'handing_over'))
