-- Fills a bucket with what has come in since, by the database's clock; one that was stepped back
-- brings nothing.
UPDATE rate_tokens
SET units = least($1::bigint, units + $2::bigint * least($5::bigint, greatest(0,
        coalesce($4::bigint, now_micros()) - at))),
    at = coalesce($4::bigint, now_micros())
WHERE name = $3::text
