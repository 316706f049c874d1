-- The reminders in a letter; a further filter that is NULL holds for all.
SELECT reminder_id, rule, case_ref, cycle, level, recipient_role, recipient, state, reason,
    letter_id, due, planned_at
FROM reminders
WHERE letter_id = $3::uuid
    AND ($1::text IS NULL OR case_ref = $1::text)
    AND ($2::text IS NULL OR state = $2::text)
    AND ($4::bigint IS NULL OR planned_at <= $4::bigint)
    AND ($6::uuid IS NULL OR reminder_id = $6::uuid)
ORDER BY reminder_no
LIMIT $5::bigint
