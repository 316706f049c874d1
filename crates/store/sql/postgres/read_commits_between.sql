-- The commits that brought the events after one position, up to and with another.
SELECT first_position, last_position, commit_id, recorded_at, actor, actor_kind, on_behalf_of, auth,
    idempotency_key, request_hash, command, correlation_id, causation_id
FROM commits
WHERE first_position > $1::bigint
    AND first_position <= $2::bigint
ORDER BY first_position
