-- What other cases have in letters that will be cancelled is planned again.
UPDATE reminders
SET state = 'planned'
WHERE state = 'composed'
    AND case_ref <> $1::text
    AND letter_id IN (
        SELECT letter_id
        FROM letters
        WHERE letter_id = ANY (ARRAY(
                SELECT value::uuid
                FROM jsonb_array_elements_text($2::text::jsonb) AS value))
            AND state NOT IN ('sent', 'cancelled', 'dead', 'leased', 'handing_over'))
