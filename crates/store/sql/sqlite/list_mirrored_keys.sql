-- Every key that was destroyed, as the log knows it.
SELECT key_id, destroyed_at
FROM destroyed_keys
