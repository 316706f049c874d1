-- Opens a breaker.
INSERT INTO breakers (name, open_until, reason)
VALUES ($1::text, $2::bigint, $3::text)
ON CONFLICT (name) DO UPDATE SET open_until = excluded.open_until, reason = excluded.reason
