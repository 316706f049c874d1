-- Notes when a duty was done, under the fence of whoever has it.
UPDATE leases
SET done_at = $1::bigint
WHERE name = $2::text
    AND owner = $3::text
    AND fence = $4::bigint
