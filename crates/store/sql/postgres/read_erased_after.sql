-- The next parts whose text is gone.
SELECT position, part
FROM sealed_parts
WHERE ciphertext IS NULL
    AND (position, part) > ($1::bigint, $2::text)
ORDER BY position, part
LIMIT $3::bigint
