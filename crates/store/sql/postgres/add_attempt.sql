-- Notes an attempt, or a step of one, as the letter now stands.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, code, text, at)
SELECT letter_id, fence, lease_by, state, $1::bigint, $2::text, $3::bigint
FROM letters
WHERE letter_id = $4::uuid
