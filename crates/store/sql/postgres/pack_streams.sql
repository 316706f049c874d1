-- Streams in the order asked for, the events of each packed into one text in the order of versions
-- up to a position and an instant: fields end with 31, events with 30.
SELECT value, (
    SELECT string_agg(concat_ws(chr(31), position, event_id, version, event_type, schema_version,
        occurred_on, recorded_at, body), chr(30) ORDER BY version)
    FROM events
    WHERE stream = value
        AND position <= $1::bigint
        AND recorded_at <= $2::bigint)
FROM jsonb_array_elements_text($3::text::jsonb) AS value
