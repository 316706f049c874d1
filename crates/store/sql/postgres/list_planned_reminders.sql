-- Reminders that still have to find their letter, in the order in which they were planned.
SELECT reminder_id, rule, case_ref, cycle, level, recipient_role, recipient, state, reason,
    letter_id, due, planned_at
FROM reminders
WHERE state = 'planned'
    AND planned_at <= $1::bigint
-- The `+ 0` keeps the server from looking through the whole ledger in this order.
ORDER BY reminder_no + 0
LIMIT $2::bigint
