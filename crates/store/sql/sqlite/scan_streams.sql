-- The events of a range of streams, in order, up to a position and an instant.
SELECT position, event_id, commit_id, stream, version, event_type, schema_version, occurred_on,
    recorded_at, corrects, body, leaf_hash
FROM events
WHERE stream >= ?
    AND stream <= ?
    AND position <= ?
    AND recorded_at <= ?
ORDER BY stream, version
