-- Appends commits in the order given; a trigger refuses one that does not follow the last.
INSERT INTO commits (first_position, last_position, commit_id, recorded_at, actor, actor_kind,
    on_behalf_of, auth, idempotency_key, request_hash, command, correlation_id, causation_id)
SELECT value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value ->> 8, unhex(value ->> 9), value ->> 10, unhex(value ->> 11),
    unhex(value ->> 12)
FROM jsonb_each(?)
