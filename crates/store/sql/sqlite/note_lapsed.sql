-- Notes that the leases of letters being handed over lapsed.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, text, at)
SELECT letter_id, fence, lease_by, 'in_doubt', 'the lease lapsed', ?
FROM letters
WHERE state = 'handing_over'
    AND lease_until <= CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)
