-- Marks that a letter is being given to the relay, but only under a living lease, and while the
-- relay has fewer copies than it may have.
UPDATE letters
SET state = 'handing_over', copies = copies + 1,
    handed_over_at = coalesce($4::bigint, now_micros())
WHERE letter_id = $1::uuid
    AND fence = $2::bigint
    AND copies < $3::bigint
    AND state = 'leased'
    AND lease_until > coalesce($4::bigint, now_micros())
    AND lease_until <= coalesce($4::bigint, now_micros()) + $5::bigint
