-- Notes an attempt, or a step of one, as the letter now stands.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, code, text, at)
SELECT letter_id, fence, lease_by, state, ?, ?, ?
FROM letters
WHERE letter_id = ?
