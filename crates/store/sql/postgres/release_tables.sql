-- Gives back what an owner holds.
UPDATE projections
SET owner = NULL, lease_until = NULL
WHERE owner = $1::text
