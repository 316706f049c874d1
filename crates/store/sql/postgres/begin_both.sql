-- Takes the lock of the work around the log, then the head's: always in this order.
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock(8389756);
SELECT position
FROM log_head
FOR UPDATE
