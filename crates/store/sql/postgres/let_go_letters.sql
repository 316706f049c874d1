-- Gives every letter that is held for this reason the state a person has decided on.
UPDATE letters
SET state = $1::text, next_at = $2::bigint, smtp_text = NULL, copies = 0
WHERE state = 'held'
    AND smtp_text = $3::text
