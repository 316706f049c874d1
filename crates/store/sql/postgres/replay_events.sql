-- A block of the log packed into one text: fields end with 31, events with 30.
-- Neither stands in a name or raw in JSON.
SELECT string_agg(concat_ws(chr(31), stream, position, event_id, version, event_type,
    schema_version, occurred_on, recorded_at, body), chr(30) ORDER BY position)
FROM events
WHERE position > $1::bigint
    AND position <= $2::bigint
