-- The generation of a table that answers.
SELECT generation
FROM projections
WHERE name = ?
    AND version = ?
    AND status = 'active'
