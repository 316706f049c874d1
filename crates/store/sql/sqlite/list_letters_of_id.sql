-- The letter of an id; a further filter that is NULL holds for all.
SELECT letter_id, recipient, address, local_day, slot, part, message_id, bytes, next_at, state,
    attempts, lease_by, lease_until, fence, handed_over_at, sent_at, smtp_code, smtp_text, copies
FROM letters
WHERE letter_id = ?1
    AND (?2 IS NULL OR recipient = ?2)
    AND (?3 IS NULL OR state IN (SELECT value FROM json_each(?3)))
ORDER BY letter_no DESC
LIMIT ?4
