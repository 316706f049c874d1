-- The reminders in a letter; a further filter that is NULL holds for all.
SELECT reminder_id, rule, case_ref, cycle, level, recipient_role, recipient, state, reason,
    letter_id, due, planned_at
FROM reminders
WHERE letter_id = ?3
    AND (?1 IS NULL OR case_ref = ?1)
    AND (?2 IS NULL OR state = ?2)
    AND (?4 IS NULL OR planned_at <= ?4)
    AND (?6 IS NULL OR reminder_id = ?6)
ORDER BY reminder_no
LIMIT ?5
