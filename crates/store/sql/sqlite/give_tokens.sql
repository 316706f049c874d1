-- Gives tokens back to a bucket.
UPDATE rate_tokens
SET units = units + ?
WHERE name = ?
