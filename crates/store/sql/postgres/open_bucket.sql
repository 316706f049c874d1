-- Makes a bucket, full, unless it is there.
INSERT INTO rate_tokens (name, units, at, granted)
VALUES ($1::text, $2::bigint, coalesce($3::bigint, now_micros()), 0)
ON CONFLICT (name) DO NOTHING
