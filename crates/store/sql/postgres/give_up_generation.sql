-- A generation that does not answer never will, whoever built it.
UPDATE projections
SET status = 'failed', owner = NULL, lease_until = NULL
WHERE name = $1::text
    AND version = $2::bigint
    AND generation = $3::bigint
    AND status IN ('retired', 'failed', 'building')
