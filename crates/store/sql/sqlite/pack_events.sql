-- A block of events for checking, packed: of each the numbers and lengths, then the bytes themselves.
SELECT CAST(group_concat(concat(
    concat_ws(',', position, version, schema_version, recorded_at, octet_length(event_id),
        octet_length(commit_id), octet_length(stream), octet_length(event_type),
        octet_length(occurred_on), coalesce(octet_length(corrects), -1), octet_length(body),
        octet_length(leaf_hash)),
    ';', event_id, commit_id, stream, event_type, occurred_on, corrects, body, leaf_hash), '')
    AS BLOB)
FROM (SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position)
