-- Changes one row when this generation still answers, else none.
UPDATE projections
SET status = 'active'
WHERE name = ?
    AND version = ?
    AND generation = ?
    AND status = 'active'
