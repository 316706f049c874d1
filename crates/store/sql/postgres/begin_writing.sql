-- Takes the head's lock at once; a statement that follows sees what was stored while it waited.
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT position
FROM log_head
FOR UPDATE
