-- The version of the database library.
SELECT sqlite_version()
