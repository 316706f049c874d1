-- The indexes that were made for a table.
SELECT indexname::text
FROM pg_indexes
WHERE tablename = $1::text
