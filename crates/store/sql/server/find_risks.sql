-- What takes the ground from under the promises: each setting by name, each right too many.
SELECT name || ' is off'
FROM pg_catalog.pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
    AND coalesce(reset_val, setting) = 'off'
UNION ALL
SELECT 'role ' || session_user || ' is a superuser'
FROM pg_catalog.pg_roles
WHERE rolname = session_user
    AND rolsuper
UNION ALL
SELECT 'role ' || session_user || ' may act as the owner'
FROM pg_catalog.pg_roles
WHERE rolname = session_user
    AND NOT rolsuper
    AND pg_has_role(session_user, 'spor_owner', 'MEMBER')
UNION ALL
SELECT 'role ' || session_user || ' has ' || wanted.right_name || ' on ' || wanted.table_name
FROM (
    SELECT r.right_name, t.table_name
    FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS r (right_name)
    CROSS JOIN unnest(ARRAY['spor.events', 'spor.commits', 'spor.sealed_parts'])
        AS t (table_name)
) AS wanted
JOIN pg_catalog.pg_roles ON rolname = session_user AND NOT rolsuper
WHERE has_table_privilege(session_user, wanted.table_name, wanted.right_name)
