-- Gives a reminder another state, but only from one of these.
UPDATE reminders
SET state = $1::text, reason = $2::text
WHERE reminder_id = $3::uuid
    AND state = ANY (ARRAY(SELECT jsonb_array_elements_text($4::text::jsonb)))
