-- The format of the store: the number of the last migration it had.
SELECT coalesce(max(migration_no), 0)
FROM migrations
