-- Notes the instant of the last round that was believed.
INSERT INTO leases (name, owner, lease_until, fence, done_at)
VALUES ('round', '', 0, 0, ?)
ON CONFLICT (name) DO UPDATE
SET done_at = excluded.done_at
