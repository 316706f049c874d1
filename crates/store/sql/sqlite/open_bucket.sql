-- Makes a bucket, full, unless it is there.
INSERT INTO rate_tokens (name, units, at, granted)
VALUES (?, ?, coalesce(?, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)), 0)
ON CONFLICT (name) DO NOTHING
