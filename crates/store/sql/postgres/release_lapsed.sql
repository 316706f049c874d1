-- Letters whose lease lapsed before they were handed over are ready again.
UPDATE letters
SET state = 'ready', lease_until = NULL
WHERE state = 'leased'
    AND lease_until <= now_micros()
