-- Gives a reminder another state, but only from one of these.
UPDATE reminders
SET state = ?, reason = ?
WHERE reminder_id = ?
    AND state IN (SELECT value FROM json_each(?))
