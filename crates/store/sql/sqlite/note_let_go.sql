-- Notes at each letter that is held for this reason that a person has decided.
INSERT INTO letter_attempts (letter_id, fence, phase, text, at)
SELECT letter_id, fence, ?, ?, ?
FROM letters
WHERE state = 'held'
    AND smtp_text = ?
ORDER BY letter_no
