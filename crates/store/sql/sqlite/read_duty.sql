-- When a duty was last done.
SELECT done_at
FROM leases
WHERE name = ?
