-- The generation of a table that answers.
SELECT generation
FROM projections
WHERE name = $1::text
    AND version = $2::bigint
    AND status = 'active'
