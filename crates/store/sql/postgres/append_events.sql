-- Appends events in the order given; a trigger refuses one that is not at the next position.
INSERT INTO events (position, event_id, commit_id, stream, version, event_type, schema_version,
    occurred_on, recorded_at, corrects, body, leaf_hash)
SELECT (value ->> 0)::bigint, (value ->> 1)::uuid, (value ->> 2)::uuid, value ->> 3,
    (value ->> 4)::bigint, value ->> 5, (value ->> 6)::bigint, value ->> 7, (value ->> 8)::bigint,
    (value ->> 9)::uuid, value ->> 10, decode(value ->> 11, 'hex')
FROM jsonb_array_elements($1::text::jsonb) AS value
