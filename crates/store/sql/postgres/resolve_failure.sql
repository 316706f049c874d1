-- Notes what ended a quarantine.
UPDATE projection_failures
SET resolution = $1::text
WHERE what = $2::text
    AND stream = $3::text
    AND resolution IS NULL
