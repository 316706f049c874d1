-- Notes when a duty was done, under the fence of whoever has it.
UPDATE leases
SET done_at = ?
WHERE name = ?
    AND owner = ?
    AND fence = ?
