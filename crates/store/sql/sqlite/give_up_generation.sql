-- A generation that does not answer never will, whoever built it.
UPDATE projections
SET status = 'failed', owner = NULL, lease_until = NULL
WHERE name = ?
    AND version = ?
    AND generation = ?
    AND status IN ('retired', 'failed', 'building')
