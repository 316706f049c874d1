-- The database's clock.
SELECT coalesce($1::bigint, now_micros())
