-- The sealed parts of a block of events, packed like these.
SELECT CAST(group_concat(concat(
    concat_ws(',', position, octet_length(part), octet_length(key_id), octet_length(nonce),
        coalesce(octet_length(ciphertext), -1), octet_length(ciphertext_hash)),
    ';', part, key_id, nonce, ciphertext, ciphertext_hash), '') AS BLOB)
FROM (SELECT * FROM sealed_parts WHERE position > ? AND position <= ? ORDER BY position, part)
