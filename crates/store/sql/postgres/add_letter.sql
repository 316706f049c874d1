-- Adds a letter unless it is there.
INSERT INTO letters (letter_id, recipient, address, local_day, slot, part, message_id, bytes,
    next_at, state, smtp_text)
VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::text, $8::bytea,
    $9::bigint, $10::text, $11::text)
ON CONFLICT DO NOTHING
