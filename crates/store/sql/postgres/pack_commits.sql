-- The commits of a block of events, packed like these; the first may have begun before the block.
SELECT string_agg(
    convert_to(concat_ws(',', first_position, last_position, recorded_at, 16,
        octet_length(actor), octet_length(actor_kind), coalesce(octet_length(on_behalf_of), -1),
        octet_length(auth), coalesce(octet_length(idempotency_key), -1),
        octet_length(request_hash), octet_length(command),
        CASE WHEN correlation_id IS NULL THEN -1 ELSE 16 END,
        CASE WHEN causation_id IS NULL THEN -1 ELSE 16 END) || ';', 'UTF8')
    || uuid_send(commit_id)
    || convert_to(concat(actor, actor_kind, on_behalf_of, auth, idempotency_key), 'UTF8')
    || request_hash || convert_to(command, 'UTF8')
    || coalesce(uuid_send(correlation_id), ''::bytea)
    || coalesce(uuid_send(causation_id), ''::bytea),
    ''::bytea ORDER BY first_position)
FROM commits
WHERE first_position >= coalesce(
        (SELECT max(first_position) FROM commits WHERE first_position <= $1::bigint + 1), 1)
    AND first_position <= $2::bigint
