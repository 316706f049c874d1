-- The group roles, the schemas and the list of migrations: what is missing is made, the rest stays.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['spor_owner', 'spor_app', 'spor_reader', 'spor_backup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
    -- Who is no superuser acts for a role only as its member.
    IF NOT pg_has_role(current_user, 'spor_owner', 'MEMBER') THEN
        EXECUTE format('GRANT spor_owner TO %I', current_user);
    END IF;
    IF NOT pg_has_role(current_user, 'spor_app', 'MEMBER') THEN
        EXECUTE format('GRANT spor_app TO %I', current_user);
    END IF;
END $$;
CREATE SCHEMA IF NOT EXISTS spor AUTHORIZATION spor_owner;
CREATE SCHEMA IF NOT EXISTS spor_keys AUTHORIZATION spor_owner;
CREATE SCHEMA IF NOT EXISTS spor_views AUTHORIZATION spor_app;
SET ROLE spor_owner;
CREATE TABLE IF NOT EXISTS spor.migrations (
    migration_no bigint PRIMARY KEY,
    name text COLLATE "C" NOT NULL
);
RESET ROLE
