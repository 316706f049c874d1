-- The generation of a table that answers now will answer no longer.
UPDATE projections
SET status = 'retired', owner = NULL, lease_until = NULL
WHERE name = $1::text
    AND status = 'active'
    AND (version, generation) IS DISTINCT FROM ($2::bigint, $3::bigint)
