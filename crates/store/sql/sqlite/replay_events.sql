-- A block of the log packed into one text: fields end with 31, events with 30.
-- Neither stands in a name or raw in JSON.
SELECT group_concat(concat_ws(char(31), stream, position, hex(event_id), version, event_type,
    schema_version, occurred_on, recorded_at, body), char(30))
FROM (SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position)
