-- The sealed parts of a block of events, packed like these.
SELECT string_agg(
    convert_to(concat_ws(',', position, octet_length(part), 16, octet_length(nonce),
        coalesce(octet_length(ciphertext), -1), octet_length(ciphertext_hash)) || ';' || part,
        'UTF8')
    || uuid_send(key_id) || nonce || coalesce(ciphertext, ''::bytea) || ciphertext_hash,
    ''::bytea ORDER BY position, part COLLATE "C")
FROM sealed_parts
WHERE position > $1::bigint
    AND position <= $2::bigint
