-- The sealed parts of the next events of the log, in order.
SELECT position, part, key_id, nonce, ciphertext, ciphertext_hash
FROM sealed_parts
WHERE position > $1::bigint
    AND position <= $2::bigint
ORDER BY position, part
