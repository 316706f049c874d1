-- What was written to the same people of the same deadlines at other levels, by the reminders that
-- still have to find their letter.
SELECT planned.reminder_id, told.level, told.reason
FROM reminders AS planned
CROSS JOIN reminders AS told
WHERE planned.state = 'planned'
    AND planned.planned_at <= ?
    AND told.case_ref = planned.case_ref
    AND told.rule = planned.rule
    AND told.cycle = planned.cycle
    AND told.recipient = planned.recipient
    AND told.state = 'composed'
    AND told.level <> planned.level
