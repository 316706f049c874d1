-- Adds a letter unless it is there.
INSERT INTO letters (letter_id, recipient, address, local_day, slot, part, message_id, bytes,
    next_at, state, smtp_text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
