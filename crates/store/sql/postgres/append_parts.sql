-- Appends the sealed parts of events of the same transaction.
INSERT INTO sealed_parts (position, part, key_id, nonce, ciphertext, ciphertext_hash)
SELECT (value ->> 0)::bigint, value ->> 1, (value ->> 2)::uuid, decode(value ->> 3, 'hex'),
    decode(value ->> 4, 'hex'), decode(value ->> 5, 'hex')
FROM jsonb_array_elements($1::text::jsonb) AS value
