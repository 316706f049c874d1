-- Appends the sealed parts of events of the same transaction.
INSERT INTO sealed_parts (position, part, key_id, nonce, ciphertext, ciphertext_hash)
SELECT value ->> 0, value ->> 1, unhex(value ->> 2), unhex(value ->> 3), unhex(value ->> 4),
    unhex(value ->> 5)
FROM jsonb_each(?)
