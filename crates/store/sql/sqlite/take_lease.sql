-- Takes or prolongs a named lease unless another owner's still runs.
INSERT INTO leases (name, owner, lease_until, fence)
VALUES (?1, ?2, coalesce(?4, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)) + ?3, 1)
ON CONFLICT (name) DO UPDATE
SET owner = excluded.owner, lease_until = excluded.lease_until,
    fence = fence + (owner <> excluded.owner)
WHERE owner = excluded.owner
    OR lease_until < coalesce(?4, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
    OR lease_until > coalesce(?4, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)) + ?5
RETURNING fence, done_at
