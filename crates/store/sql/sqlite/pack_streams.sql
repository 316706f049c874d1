-- Streams in the order asked for, the events of each packed into one text in the order of versions
-- up to a position and an instant: fields end with 31, events with 30.
SELECT value, (
    SELECT group_concat(concat_ws(char(31), position, hex(event_id), version, event_type,
        schema_version, occurred_on, recorded_at, body), char(30))
    FROM events
    WHERE stream = value
        AND position <= ?
        AND recorded_at <= ?)
FROM json_each(?)
