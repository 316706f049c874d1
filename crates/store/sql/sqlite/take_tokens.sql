-- Takes tokens from a bucket, at most as many as are wanted and there.
UPDATE rate_tokens
SET granted = min(?1, units / ?2), units = units - ?2 * min(?1, units / ?2)
WHERE name = ?3
RETURNING granted, units
