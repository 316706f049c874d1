-- The next parts whose text is gone.
SELECT position, part
FROM sealed_parts
WHERE ciphertext IS NULL
    AND (position, part) > (?, ?)
ORDER BY position, part
LIMIT ?
