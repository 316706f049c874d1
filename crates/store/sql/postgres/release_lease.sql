-- Gives a named lease back; its fence stays.
UPDATE leases
SET lease_until = 0
WHERE name = $1::text
    AND owner = $2::text
