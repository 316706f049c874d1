-- Takes or prolongs a named lease unless another owner's still runs.
INSERT INTO leases (name, owner, lease_until, fence)
VALUES ($1::text, $2::text, coalesce($4::bigint, now_micros()) + $3::bigint, 1)
ON CONFLICT (name) DO UPDATE
SET owner = excluded.owner, lease_until = excluded.lease_until,
    fence = leases.fence + (leases.owner <> excluded.owner)::int
WHERE leases.owner = excluded.owner
    OR leases.lease_until < coalesce($4::bigint, now_micros())
    OR leases.lease_until > coalesce($4::bigint, now_micros()) + $5::bigint
RETURNING fence, done_at
