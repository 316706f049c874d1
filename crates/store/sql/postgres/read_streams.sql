-- The events of some streams, in order, up to a position and an instant.
-- `+ 0` keeps the server from reading the index of all positions along with the streams'.
SELECT position, event_id, commit_id, stream, version, event_type, schema_version, occurred_on,
    recorded_at, corrects, body, leaf_hash
FROM events
WHERE stream = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
    AND position + 0 <= $2::bigint
    AND recorded_at <= $3::bigint
ORDER BY stream, version
