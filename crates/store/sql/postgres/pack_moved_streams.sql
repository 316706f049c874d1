-- Of streams with a version each, those that stand at another one or are asked for without any, in
-- the order asked for, the events of each packed into one text in the order of versions: fields end
-- with 31, events with 30.
SELECT value ->> 0, (
    SELECT string_agg(concat_ws(chr(31), position, event_id, version, event_type, schema_version,
        occurred_on, recorded_at, body), chr(30) ORDER BY version)
    FROM events
    WHERE stream = value ->> 0)
FROM jsonb_array_elements($1::text::jsonb) AS value
WHERE coalesce((SELECT version FROM streams WHERE stream = value ->> 0), 0)
    IS DISTINCT FROM (value ->> 1)::bigint
