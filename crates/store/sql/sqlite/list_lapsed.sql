-- The letters whose leases have lapsed by the database's clock, or were taken by a wrong one.
SELECT letter_id, recipient, address, local_day, slot, part, message_id, bytes, next_at, state,
    attempts, lease_by, lease_until, fence, handed_over_at, sent_at, smtp_code, smtp_text, copies
FROM letters
WHERE state IN ('leased', 'handing_over')
    AND (lease_until <= coalesce(?1, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
        OR lease_until > coalesce(?1, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)) + ?2)
ORDER BY lease_until
LIMIT ?3
