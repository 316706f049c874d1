-- Notes at each letter that is held for this reason that it is.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, text, at)
SELECT letter_id, fence, lease_by, state, smtp_text, $1::bigint
FROM letters
WHERE state = 'held'
    AND smtp_text = $2::text
ORDER BY letter_no
