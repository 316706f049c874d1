-- The database's clock.
SELECT coalesce(?, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
