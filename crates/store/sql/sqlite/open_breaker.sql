-- Opens a breaker.
INSERT INTO breakers (name, open_until, reason)
VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET open_until = excluded.open_until, reason = excluded.reason
