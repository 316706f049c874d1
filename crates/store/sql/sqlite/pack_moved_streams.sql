-- Of streams with a version each, those that stand at another one or are asked for without any, in
-- the order asked for, the events of each packed into one text in the order of versions: fields end
-- with 31, events with 30.
SELECT value ->> 0, (
    SELECT group_concat(concat_ws(char(31), position, hex(event_id), version, event_type,
        schema_version, occurred_on, recorded_at, body), char(30))
    FROM events
    WHERE stream = value ->> 0)
FROM json_each(?)
WHERE coalesce((SELECT version FROM streams WHERE stream = value ->> 0), 0) IS NOT value ->> 1
