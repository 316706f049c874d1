-- Adds a letter unless it is there.
INSERT INTO letters (letter_id, recipient, address, local_day, slot, part, message_id, bytes, state,
    next_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'ready', ?)
ON CONFLICT DO NOTHING
