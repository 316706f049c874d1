-- The letters to a person, the latest first; a further filter that is NULL holds for all.
SELECT letter_id, recipient, address, local_day, slot, part, message_id, bytes, next_at, state,
    attempts, lease_by, lease_until, fence, handed_over_at, sent_at, smtp_code, smtp_text, copies
FROM letters
WHERE (?1 IS NULL OR letter_id = ?1)
    AND recipient = ?2
    AND (?3 IS NULL OR state IN (SELECT value FROM json_each(?3)))
ORDER BY letter_no DESC
LIMIT ?4
