-- What letters that may have come have told some people of, due from a day on, under some rules.
SELECT reminder_id, rule, case_ref, cycle, level, recipient_role, reminders.recipient,
    reminders.state, reason, reminders.letter_id, due, planned_at
FROM letters
JOIN reminders ON reminders.letter_id = letters.letter_id
WHERE letters.recipient IN (SELECT value FROM json_each(?1))
    AND letters.local_day >= ?3
    AND letters.state NOT IN ('cancelled', 'dead')
    AND reminders.state = 'composed'
    AND reminders.rule IN (SELECT value FROM json_each(?2))
    AND reminders.due >= ?4
ORDER BY reminder_no
