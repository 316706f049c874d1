-- The keys of a keyring that were destroyed, and when.
SELECT key_id, destroyed_at
FROM subject_keys
WHERE destroyed_at IS NOT NULL
