-- One sealed part of the events at some positions, in order.
SELECT position, part, key_id, nonce, ciphertext, ciphertext_hash
FROM sealed_parts
WHERE position IN (SELECT value FROM json_each(?))
    AND part = ?
ORDER BY position
