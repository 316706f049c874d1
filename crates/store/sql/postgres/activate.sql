-- The generation answers from now on.
UPDATE projections
SET status = 'active'
WHERE name = $1::text
    AND version = $2::bigint
    AND generation = $3::bigint
