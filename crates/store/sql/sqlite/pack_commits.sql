-- The commits of a block of events, packed like these; the first may have begun before the block.
SELECT CAST(group_concat(concat(
    concat_ws(',', first_position, last_position, recorded_at, octet_length(commit_id),
        octet_length(actor), octet_length(actor_kind), coalesce(octet_length(on_behalf_of), -1),
        octet_length(auth), coalesce(octet_length(idempotency_key), -1),
        octet_length(request_hash), octet_length(command),
        coalesce(octet_length(correlation_id), -1), coalesce(octet_length(causation_id), -1)),
    ';', commit_id, actor, actor_kind, on_behalf_of, auth, idempotency_key, request_hash, command,
    correlation_id, causation_id), '') AS BLOB)
FROM (
    SELECT *
    FROM commits
    WHERE first_position >= coalesce(
            (SELECT max(first_position) FROM commits WHERE first_position <= ? + 1), 1)
        AND first_position <= ?
    ORDER BY first_position
)
