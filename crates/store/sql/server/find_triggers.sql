-- The triggers that fire, by name.
SELECT t.tgname::text
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal
    AND t.tgenabled IN ('O', 'A')
    AND n.nspname IN ('spor', 'spor_keys')
