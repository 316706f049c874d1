-- Of streams with a version each, those that stand at another one or are asked for without any, in
-- the order asked for, the events of each packed into one text in the order of versions: fields end
-- with 31, events with 30.
SELECT value ->> 0, (
    SELECT group_concat(position || char(31) || hex(event_id) || char(31) || version || char(31)
        || event_type || char(31) || schema_version || char(31) || occurred_on || char(31)
        || recorded_at || char(31) || body, char(30))
    FROM events
    WHERE stream = value ->> 0)
FROM json_each(?)
WHERE coalesce((SELECT version FROM streams WHERE stream = value ->> 0), 0) IS NOT value ->> 1
