-- Gives tokens back to a bucket.
UPDATE rate_tokens
SET units = units + $1::bigint
WHERE name = $2::text
