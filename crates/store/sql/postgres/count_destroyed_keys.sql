-- How many keys were destroyed.
SELECT count(*)
FROM spor_keys.subject_keys
WHERE destroyed_at IS NOT NULL
