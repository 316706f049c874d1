-- Marks that a letter is being given to the relay, but only under a living lease.
UPDATE letters
SET state = 'handing_over',
    handed_over_at = now_micros()
WHERE letter_id = $1::uuid
    AND fence = $2::bigint
    AND state = 'leased'
    AND lease_until > now_micros()
