-- Commits by their ids.
SELECT first_position, last_position, commit_id, recorded_at, actor, actor_kind, on_behalf_of, auth,
    idempotency_key, request_hash, command, correlation_id, causation_id
FROM commits
WHERE commit_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($1::text::jsonb) AS value))
