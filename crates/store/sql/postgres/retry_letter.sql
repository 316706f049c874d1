-- A letter that failed, waits or is in doubt may go out now.
UPDATE letters
SET state = 'ready', next_at = $1::bigint
WHERE letter_id = $2::uuid
    AND state IN ('dead', 'held', 'deferred', 'in_doubt')
