-- Fills a bucket with what has come in since, by the database's clock; one that was stepped back
-- brings nothing.
UPDATE rate_tokens
SET units = min(?1, units + ?2 * min(?5, max(0,
        coalesce(?4, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)) - at))),
    at = coalesce(?4, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
WHERE name = ?3
