-- Letters that were in doubt long enough are ready again, with the same bytes.
UPDATE letters
SET state = 'ready'
WHERE state = 'in_doubt'
    AND next_at <= $1::bigint
