-- Takes or prolongs a named lease unless another owner's still runs.
INSERT INTO leases (name, owner, lease_until, fence)
VALUES (?, ?, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) + ?, 1)
ON CONFLICT (name) DO UPDATE
SET owner = excluded.owner, lease_until = excluded.lease_until,
    fence = fence + (owner <> excluded.owner)
WHERE owner = excluded.owner
    OR lease_until < CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)
RETURNING fence
