-- Streams in the order asked for, the events of each packed into one text in the order of versions
-- up to a position and an instant: fields end with 31, events with 30. Of those that are asked for
-- with a version only the ones that stand at another one.
-- `+ 0` keeps the server from reading the index of all positions along with the streams'.
SELECT value ->> 0, (
    SELECT string_agg(concat_ws(chr(31), position, event_id, version, event_type, schema_version,
        occurred_on, recorded_at, body), chr(30) ORDER BY version)
    FROM events
    WHERE stream = value ->> 0
        AND position + 0 <= $1::bigint
        AND recorded_at <= $2::bigint)
FROM jsonb_array_elements($3::text::jsonb) AS value
WHERE value ->> 1 IS NULL
    OR (value ->> 1)::bigint
        <> coalesce((SELECT version FROM streams WHERE stream = value ->> 0), 0)
