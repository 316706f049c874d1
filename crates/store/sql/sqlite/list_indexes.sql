-- The indexes that were made for a table.
SELECT name
FROM sqlite_schema
WHERE type = 'index'
    AND tbl_name = ?
    AND sql IS NOT NULL
