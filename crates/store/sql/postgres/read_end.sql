-- Where the events end, what the head says of it, and how many rows lie outside of the log.
SELECT (SELECT coalesce(max(position), 0) FROM events), position, recorded_at, kind, frontier,
    (SELECT count(*) FROM events WHERE position < 1)
    + (SELECT count(*) FROM commits WHERE first_position < 1)
    + (SELECT count(*) FROM commits WHERE first_position > log_head.position)
    + (SELECT count(*) FROM sealed_parts WHERE position < 1)
    + (SELECT count(*) FROM sealed_parts WHERE position > log_head.position)
FROM log_head
