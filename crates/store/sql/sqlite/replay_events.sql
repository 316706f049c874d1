-- A block of the log packed into one text: fields end with 31, events with 30.
-- Neither stands in a name or raw in JSON.
SELECT group_concat(stream || char(31) || position || char(31) || hex(event_id) || char(31)
    || version || char(31) || event_type || char(31) || schema_version || char(31) || occurred_on
    || char(31) || recorded_at || char(31) || body, char(30))
FROM (SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position)
