-- Appends commits in the order given; a trigger refuses one that does not follow the last.
INSERT INTO commits (first_position, last_position, commit_id, recorded_at, actor, actor_kind,
    on_behalf_of, auth, idempotency_key, request_hash, command, correlation_id, causation_id)
SELECT (value ->> 0)::bigint, (value ->> 1)::bigint, (value ->> 2)::uuid, (value ->> 3)::bigint,
    value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, decode(value ->> 9, 'hex'),
    value ->> 10, (value ->> 11)::uuid, (value ->> 12)::uuid
FROM jsonb_array_elements($1::text::jsonb) AS value
