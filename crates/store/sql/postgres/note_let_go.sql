-- Notes at each letter that is held for this reason that a person has decided.
INSERT INTO letter_attempts (letter_id, fence, phase, text, at)
SELECT letter_id, fence, $1::text, $2::text, $3::bigint
FROM letters
WHERE state = 'held'
    AND smtp_text = $4::text
ORDER BY letter_no
