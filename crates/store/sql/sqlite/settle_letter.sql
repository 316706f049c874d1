-- Moves a letter on under its fence, but only from one of these states.
UPDATE letters
SET state = ?, next_at = coalesce(?, next_at), smtp_code = ?, smtp_text = ?,
    sent_at = coalesce(?, sent_at), lease_until = NULL
WHERE letter_id = ?
    AND fence = coalesce(?, fence)
    AND state IN (SELECT value FROM json_each(?))
