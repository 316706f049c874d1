-- The commits that answered these (actor, idempotency key) pairs.
SELECT c.first_position, c.last_position, c.commit_id, c.recorded_at, c.actor, c.actor_kind,
    c.on_behalf_of, c.auth, c.idempotency_key, c.request_hash, c.command, c.correlation_id,
    c.causation_id
FROM jsonb_each(?) AS wanted
CROSS JOIN commits AS c
WHERE c.actor = wanted.value ->> 0
    AND c.idempotency_key = wanted.value ->> 1
