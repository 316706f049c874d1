-- Gives a worker the letters that may go out, for a time by the database's clock.
UPDATE letters
SET state = 'leased', lease_by = ?1, fence = fence + 1, attempts = attempts + 1,
    lease_until = coalesce(?5, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)) + ?2
WHERE letter_no IN (
    SELECT letter_no
    FROM letters
    WHERE state IN ('ready', 'deferred', 'in_doubt')
        AND state <> 'in_doubt'
        -- One that waits longer than any letter does was put off by a clock that was wrong.
        AND (next_at <= ?3 OR next_at > ?3 + ?6)
    ORDER BY next_at, letter_no
    LIMIT ?4)
RETURNING letter_id, recipient, address, local_day, slot, part, message_id, bytes, next_at, state,
    attempts, lease_by, lease_until, fence, handed_over_at, sent_at, smtp_code, smtp_text, copies
