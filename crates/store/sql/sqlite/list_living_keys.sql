-- Every key that was not destroyed.
SELECT key_id, subject, compartment, epoch, wrapped
FROM subject_keys
WHERE destroyed_at IS NULL
ORDER BY key_no
