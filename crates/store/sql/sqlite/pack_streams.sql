-- Streams in the order asked for, the events of each packed into one text in the order of versions
-- up to a position and an instant: fields end with 31, events with 30.
SELECT value, (
    SELECT group_concat(position || char(31) || hex(event_id) || char(31) || version || char(31)
        || event_type || char(31) || schema_version || char(31) || occurred_on || char(31)
        || recorded_at || char(31) || body, char(30))
    FROM events
    WHERE stream = value
        AND position <= ?
        AND recorded_at <= ?)
FROM json_each(?)
