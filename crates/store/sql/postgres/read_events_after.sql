-- The next events of the log, in order.
SELECT position, event_id, commit_id, stream, version, event_type, schema_version, occurred_on,
    recorded_at, corrects, body, leaf_hash
FROM events
WHERE position > $1::bigint
    AND position <= $2::bigint
ORDER BY position
