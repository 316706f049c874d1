-- Notes at each letter that is held for this reason that it is.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, text, at)
SELECT letter_id, fence, lease_by, state, smtp_text, ?
FROM letters
WHERE state = 'held'
    AND smtp_text = ?
ORDER BY letter_no
