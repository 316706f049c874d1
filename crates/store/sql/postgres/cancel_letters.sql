-- Cancels letters that no worker holds and no relay has.
UPDATE letters
SET state = 'cancelled', smtp_text = $1::text
WHERE letter_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($2::text::jsonb) AS value))
    AND state NOT IN ('sent', 'cancelled', 'leased', 'handing_over')
