-- How many keys were destroyed.
SELECT count(*)
FROM subject_keys
WHERE destroyed_at IS NOT NULL
