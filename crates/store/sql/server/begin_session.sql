-- Each connection of ours: our schemas, the rights of the group, and no half-dead transactions.
SET search_path = spor, spor_keys, spor_views, pg_temp;
-- Plans are kept: one made while a table was small would read all of it when it is large.
SET enable_seqscan = off;
SET jit = off;
SET idle_in_transaction_session_timeout = '60s';
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3;
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off';
SELECT set_config('role', 'spor_app', false)
FROM pg_catalog.pg_roles
WHERE rolname = 'spor_app'
    AND pg_has_role(session_user, oid, 'MEMBER')
