-- The events at some positions, in order.
SELECT position, event_id, commit_id, stream, version, event_type, schema_version, occurred_on,
    recorded_at, corrects, body, leaf_hash
FROM events
WHERE position = ANY (ARRAY(
        SELECT value::bigint
        FROM jsonb_array_elements_text($1::text::jsonb) AS value))
ORDER BY position
