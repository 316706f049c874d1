-- Letters that were being handed over when the lease lapsed are in doubt until an instant.
UPDATE letters
SET state = 'in_doubt', next_at = $1::bigint, lease_until = NULL
WHERE state = 'handing_over'
    AND lease_until <= now_micros()
