-- Takes tokens from a bucket, at most as many as are wanted and there.
UPDATE rate_tokens
SET granted = least($1::bigint, units / $2::bigint),
    units = units - $2::bigint * least($1::bigint, units / $2::bigint)
WHERE name = $3::text
RETURNING granted, units
