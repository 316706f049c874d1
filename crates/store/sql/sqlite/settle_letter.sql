-- Moves a letter on under its fence, but only from one of these states. A copy that the relay
-- refused with an answer is none.
UPDATE letters
SET state = ?1, next_at = coalesce(?2, next_at), smtp_code = ?3, smtp_text = ?4,
    sent_at = coalesce(?5, sent_at), lease_until = NULL,
    copies = copies - (state = 'handing_over' AND ?1 IN ('deferred', 'dead'))
WHERE letter_id = ?6
    AND fence = coalesce(?7, fence)
    AND state IN (SELECT value FROM json_each(?8))
