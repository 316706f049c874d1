-- Gives every letter that is held for this reason the state a person has decided on.
UPDATE letters
SET state = ?, next_at = ?, smtp_text = NULL, copies = 0
WHERE state = 'held'
    AND smtp_text = ?
