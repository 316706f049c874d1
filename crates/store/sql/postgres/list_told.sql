-- What letters that may have come have told some people of, due from a day on, under some rules.
SELECT reminder_id, rule, case_ref, cycle, level, recipient_role, reminders.recipient,
    reminders.state, reason, reminders.letter_id, due, planned_at
FROM letters
JOIN reminders ON reminders.letter_id = letters.letter_id
WHERE letters.recipient = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
    AND letters.local_day >= $3::text
    AND letters.state NOT IN ('cancelled', 'dead')
    AND reminders.state = 'composed'
    AND reminders.rule = ANY (ARRAY(SELECT jsonb_array_elements_text($2::text::jsonb)))
    AND reminders.due >= $4::text
ORDER BY reminder_no
