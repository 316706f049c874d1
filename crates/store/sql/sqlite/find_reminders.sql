-- Reminders of the ledger by their ids.
SELECT reminder_id, rule, case_ref, cycle, level, recipient_role, recipient, state, reason,
    letter_id, due, planned_at
FROM reminders
WHERE reminder_id IN (SELECT unhex(value) FROM json_each(?))
