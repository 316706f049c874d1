-- One reminder of the ledger.
SELECT reminder_id, rule, case_ref, cycle, level, recipient_role, recipient, state, reason,
    letter_id, due, planned_at
FROM reminders
WHERE reminder_id = $1::uuid
