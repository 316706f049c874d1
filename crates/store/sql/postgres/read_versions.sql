-- The versions of some streams; absent ones give no row.
SELECT stream, version
FROM streams
WHERE stream = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
