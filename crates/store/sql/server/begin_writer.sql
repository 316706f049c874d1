-- The connection that writes looks up few rows at a time, also within triggers: never whole tables.
SET enable_hashjoin = off;
SET enable_mergejoin = off
