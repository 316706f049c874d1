-- Commits by their ids.
SELECT first_position, last_position, commit_id, recorded_at, actor, actor_kind, on_behalf_of, auth,
    idempotency_key, request_hash, command, correlation_id, causation_id
FROM commits
WHERE commit_id IN (SELECT unhex(value) FROM json_each(?))
