-- Notes at the newest letter to a refused address that a person lets the address be written to again.
INSERT INTO letter_attempts (letter_id, fence, phase, text, at)
SELECT letter_id, fence, state, $2::text, $3::bigint
FROM letters
WHERE letter_no = (SELECT max(letter_no) FROM letters WHERE address = $1::text)
    AND EXISTS (SELECT 1 FROM suppressions WHERE address = $1::text)
