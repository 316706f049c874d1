-- A block of events for checking, packed: of each the numbers and lengths, then the bytes themselves.
SELECT string_agg(
    convert_to(concat_ws(',', position, version, schema_version, recorded_at, 16, 16,
        octet_length(stream), octet_length(event_type), octet_length(occurred_on),
        CASE WHEN corrects IS NULL THEN -1 ELSE 16 END, octet_length(body),
        octet_length(leaf_hash)) || ';', 'UTF8')
    || uuid_send(event_id) || uuid_send(commit_id)
    || convert_to(stream || event_type || occurred_on, 'UTF8')
    || coalesce(uuid_send(corrects), ''::bytea) || convert_to(body, 'UTF8') || leaf_hash,
    ''::bytea ORDER BY position)
FROM events
WHERE position > $1::bigint
    AND position <= $2::bigint
