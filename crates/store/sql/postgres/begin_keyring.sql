-- Takes the keyring's lock: two processes may want to make the same key.
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock(8389757)
