-- Notes that an erasure is done.
UPDATE erasures
SET finished_at = $1::bigint
WHERE event_id = $2::uuid
    AND finished_at IS NULL
