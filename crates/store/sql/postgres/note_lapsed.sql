-- Notes that the leases of letters being handed over lapsed.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, text, at)
SELECT letter_id, fence, lease_by, 'in_doubt', 'the lease lapsed', $1::bigint
FROM letters
WHERE state = 'handing_over'
    AND lease_until <= now_micros()
