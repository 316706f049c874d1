-- Adds the reminders that were never planned before, and tells which these are.
INSERT INTO reminders (reminder_id, rule, case_ref, cycle, level, recipient_role, recipient, state,
    reason, due, planned_at)
SELECT (value ->> 0)::uuid, value ->> 1, value ->> 2, (value ->> 3)::uuid, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value ->> 8, value ->> 9, (value ->> 10)::bigint
FROM jsonb_array_elements($1::text::jsonb) AS value
ON CONFLICT (reminder_id) DO NOTHING
RETURNING reminder_id
