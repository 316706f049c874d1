-- The letter of an id; a further filter that is NULL holds for all.
SELECT letter_id, recipient, address, local_day, slot, part, message_id, bytes, next_at, state,
    attempts, lease_by, lease_until, fence, handed_over_at, sent_at, smtp_code, smtp_text, copies
FROM letters
WHERE letter_id = $1::uuid
    AND ($2::text IS NULL OR recipient = $2::text)
    AND ($3::text IS NULL
        OR state = ANY (ARRAY(SELECT jsonb_array_elements_text($3::text::jsonb))))
ORDER BY letter_no DESC
LIMIT $4::bigint
