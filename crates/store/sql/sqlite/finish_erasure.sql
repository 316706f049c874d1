-- Notes that an erasure is done.
UPDATE erasures
SET finished_at = ?
WHERE event_id = ?
    AND finished_at IS NULL
