-- Takes the lock that all work around the log shares; appends go past it.
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock(8389756)
