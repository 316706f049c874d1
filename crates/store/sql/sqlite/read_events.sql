-- The events at some positions, in order.
SELECT position, event_id, commit_id, stream, version, event_type, schema_version, occurred_on,
    recorded_at, corrects, body, leaf_hash
FROM events
WHERE position IN (SELECT value FROM json_each(?))
ORDER BY position
