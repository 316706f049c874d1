-- A letter that failed, waits or is in doubt may go out now: a person says so, and the
-- copies are counted anew.
UPDATE letters
SET state = 'ready', next_at = $1::bigint, copies = 0
WHERE letter_id = $2::uuid
    AND state IN ('dead', 'held', 'deferred', 'in_doubt')
