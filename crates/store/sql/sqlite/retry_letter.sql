-- A letter that failed, waits or is in doubt may go out now.
UPDATE letters
SET state = 'ready', next_at = ?
WHERE letter_id = ?
    AND state IN ('dead', 'held', 'deferred', 'in_doubt')
