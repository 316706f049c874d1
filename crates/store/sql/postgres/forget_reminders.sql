-- The reminders of a case tell no day any more; what waited is cancelled.
UPDATE reminders
SET due = NULL, letter_id = NULL, planned_at = $1::bigint, reason = $2::text,
    state = CASE WHEN state IN ('planned', 'composed') THEN 'cancelled' ELSE state END
WHERE case_ref = $3::text
