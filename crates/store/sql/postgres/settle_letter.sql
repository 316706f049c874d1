-- Moves a letter on under its fence, but only from one of these states. A copy that the relay
-- refused with an answer is none.
UPDATE letters
SET state = $1::text, next_at = coalesce($2::bigint, next_at), smtp_code = $3::bigint,
    smtp_text = $4::text, sent_at = coalesce($5::bigint, sent_at), lease_until = NULL,
    copies = copies - (state = 'handing_over' AND $1::text IN ('deferred', 'dead'))::int
WHERE letter_id = $6::uuid
    AND fence = coalesce($7::bigint, fence)
    AND state = ANY (ARRAY(SELECT jsonb_array_elements_text($8::text::jsonb)))
