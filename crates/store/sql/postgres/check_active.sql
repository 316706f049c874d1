-- Changes one row when this generation still answers, else none.
UPDATE projections
SET status = 'active'
WHERE name = $1::text
    AND version = $2::bigint
    AND generation = $3::bigint
    AND status = 'active'
