-- Marks that a letter is being given to the relay, but only under a living lease.
UPDATE letters
SET state = 'handing_over',
    handed_over_at = CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)
WHERE letter_id = ?
    AND fence = ?
    AND state = 'leased'
    AND lease_until > CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)
