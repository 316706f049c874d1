-- One sealed part of the events at some positions, in order.
SELECT position, part, key_id, nonce, ciphertext, ciphertext_hash
FROM sealed_parts
WHERE position = ANY (ARRAY(
        SELECT value::bigint
        FROM jsonb_array_elements_text($1::text::jsonb) AS value))
    AND part = $2::text
ORDER BY position
