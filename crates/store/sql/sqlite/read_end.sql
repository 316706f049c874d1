-- Where the events end and where the head says they end.
SELECT (SELECT coalesce(max(position), 0) FROM events), position, frontier
FROM log_head
