-- The store in numbers, always one row: what waits, and what the slowest table does not know yet.
SELECT (SELECT count(*) FROM reminders WHERE state = 'planned'),
    (SELECT count(*) FROM erasures WHERE finished_at IS NULL),
    head.position,
    slowest.position,
    (SELECT recorded_at FROM events WHERE position = slowest.position + 1)
FROM log_head AS head
CROSS JOIN (
    SELECT coalesce(min(position), 0) AS position
    FROM projections
    WHERE status = 'active') AS slowest
