-- Puts reminders that are still planned into a letter.
UPDATE reminders
SET state = 'composed', letter_id = $1::uuid
WHERE reminder_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($2::text::jsonb) AS value))
    AND state = 'planned'
