-- Puts reminders that are still planned into a letter.
UPDATE reminders
SET state = 'composed', letter_id = ?
WHERE reminder_id IN (SELECT unhex(value) FROM json_each(?))
    AND state = 'planned'
