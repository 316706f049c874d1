-- Notes that a letter is being given to the relay, if it is.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, at)
SELECT letter_id, fence, lease_by, state, handed_over_at
FROM letters
WHERE letter_id = $1::uuid
    AND fence = $2::bigint
    AND state = 'handing_over'
