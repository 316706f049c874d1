-- The commits that answered these (actor, idempotency key) pairs.
-- `OFFSET 0` keeps the server from reading all commits.
SELECT c.first_position, c.last_position, c.commit_id, c.recorded_at, c.actor, c.actor_kind,
    c.on_behalf_of, c.auth, c.idempotency_key, c.request_hash, c.command, c.correlation_id,
    c.causation_id
FROM jsonb_array_elements($1::text::jsonb) AS wanted
CROSS JOIN LATERAL (
    SELECT *
    FROM commits
    WHERE commits.actor = wanted ->> 0
        AND commits.idempotency_key = wanted ->> 1
    OFFSET 0
) AS c
