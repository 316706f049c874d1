-- When an erasure was finished.
SELECT finished_at
FROM erasures
WHERE event_id = $1::uuid
