-- Appends events in the order given; a trigger refuses one that is not at the next position.
INSERT INTO events (position, event_id, commit_id, stream, version, event_type, schema_version,
    occurred_on, recorded_at, corrects, body, leaf_hash)
SELECT value ->> 0, unhex(value ->> 1), unhex(value ->> 2), value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value ->> 8, unhex(value ->> 9), value ->> 10, unhex(value ->> 11)
FROM jsonb_each(?)
