-- Keys by their ids, also destroyed ones.
SELECT key_id, subject, compartment, epoch, wrapped
FROM subject_keys
WHERE key_id IN (SELECT unhex(value) FROM json_each(?))
