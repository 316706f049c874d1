-- Adds the reminders that were never planned before, and tells which these are.
INSERT INTO reminders (reminder_id, rule, case_ref, cycle, level, recipient_role, recipient, state,
    reason, due, planned_at)
SELECT unhex(value ->> 0), value ->> 1, value ->> 2, unhex(value ->> 3), value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10
FROM jsonb_each(?)
WHERE true
ON CONFLICT (reminder_id) DO NOTHING
RETURNING reminder_id
