-- The generation answers from now on.
UPDATE projections
SET status = 'active'
WHERE name = ?
    AND version = ?
    AND generation = ?
