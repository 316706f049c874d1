-- Gives a worker the letters that may go out, for a time by the database's clock.
UPDATE letters
SET state = 'leased', lease_by = ?, fence = fence + 1, attempts = attempts + 1,
    lease_until = CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) + ?
WHERE letter_no IN (
    SELECT letter_no
    FROM letters
    WHERE state IN ('ready', 'deferred')
        AND next_at <= ?
    ORDER BY next_at, letter_no
    LIMIT ?)
RETURNING letter_id, recipient, address, local_day, slot, part, message_id, bytes, next_at, state,
    attempts, lease_by, lease_until, fence, handed_over_at, sent_at, smtp_code, smtp_text
