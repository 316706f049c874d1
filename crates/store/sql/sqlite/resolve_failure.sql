-- Notes what ended a quarantine.
UPDATE projection_failures
SET resolution = ?
WHERE what = ?
    AND stream = ?
    AND resolution IS NULL
