-- Destroys the keys of these (subject, compartment) pairs.
UPDATE subject_keys
SET wrapped = NULL, destroyed_at = ?
WHERE destroyed_at IS NULL
    AND (subject, compartment) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
