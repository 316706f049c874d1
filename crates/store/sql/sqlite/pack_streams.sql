-- Streams in the order asked for, the events of each packed into one text in the order of versions
-- up to a position and an instant: fields end with 31, events with 30. Of those that are asked for
-- with a version only the ones that stand at another one.
SELECT value ->> 0, (
    SELECT group_concat(concat_ws(char(31), position, hex(event_id), version, event_type,
        schema_version, occurred_on, recorded_at, body), char(30))
    FROM events
    WHERE stream = value ->> 0
        AND position <= ?
        AND recorded_at <= ?)
FROM json_each(?)
WHERE value ->> 1 IS NULL
    OR value ->> 1 <> coalesce((SELECT version FROM streams WHERE stream = value ->> 0), 0)
