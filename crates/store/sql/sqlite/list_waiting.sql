-- The letters that wait, by the instant at which they may go out.
SELECT letter_id, recipient, address, local_day, slot, part, message_id, bytes, next_at, state,
    attempts, lease_by, lease_until, fence, handed_over_at, sent_at, smtp_code, smtp_text, copies
FROM letters
WHERE state IN ('ready', 'deferred', 'in_doubt')
ORDER BY next_at, letter_no
LIMIT ?
