-- The destroyed keys of these (subject, compartment) pairs.
SELECT key_id, destroyed_at, epoch
FROM subject_keys
WHERE destroyed_at IS NOT NULL
    AND (subject, compartment) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
ORDER BY key_no
