-- Ends every quarantine that is on.
UPDATE custody
SET released_at = $1::bigint
WHERE hold_before IS NOT NULL
    AND released_at IS NULL
