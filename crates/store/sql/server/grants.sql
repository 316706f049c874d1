-- Who may look: the program at its own, reports at everything but the keys, backups at everything.
-- Triggers fire also where replication or a restore is replayed.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT t.tgrelid::regclass AS of_table, t.tgname AS name
        FROM pg_catalog.pg_trigger AS t
        JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal
            AND t.tgenabled <> 'A'
            AND n.nspname IN ('spor', 'spor_keys')
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', found.of_table, found.name);
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA spor TO spor_app, spor_reader, spor_backup;
GRANT USAGE ON SCHEMA spor_keys TO spor_app, spor_backup;
GRANT SELECT ON spor.migrations TO spor_app;
GRANT SELECT ON ALL TABLES IN SCHEMA spor TO spor_reader, spor_backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA spor TO spor_backup;
GRANT SELECT ON ALL TABLES IN SCHEMA spor_keys TO spor_backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA spor_keys TO spor_backup;
SET LOCAL ROLE spor_app;
GRANT USAGE ON SCHEMA spor_views TO spor_reader, spor_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA spor_views
GRANT SELECT ON TABLES TO spor_reader, spor_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA spor_views
GRANT SELECT ON SEQUENCES TO spor_backup;
