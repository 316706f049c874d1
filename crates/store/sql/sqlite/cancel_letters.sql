-- Cancels letters that no worker holds and no relay has.
UPDATE letters
SET state = 'cancelled', smtp_text = ?
WHERE letter_id IN (SELECT unhex(value) FROM json_each(?))
    AND state NOT IN ('sent', 'cancelled', 'leased', 'handing_over')
