-- Marks that a letter is being given to the relay, but only under a living lease, and while the
-- relay has fewer copies than it may have.
UPDATE letters
SET state = 'handing_over', copies = copies + 1,
    handed_over_at = coalesce(?4, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
WHERE letter_id = ?1
    AND fence = ?2
    AND copies < ?3
    AND state = 'leased'
    AND lease_until > coalesce(?4, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
    AND lease_until <= coalesce(?4, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)) + ?5
