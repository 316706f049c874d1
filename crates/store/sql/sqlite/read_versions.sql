-- The versions of some streams; absent ones give no row.
SELECT stream, version
FROM streams
WHERE stream IN (SELECT value FROM json_each(?))
