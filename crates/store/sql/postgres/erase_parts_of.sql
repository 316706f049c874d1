-- Takes away the ciphertexts of a stream that lie under destroyed keys.
UPDATE sealed_parts
SET ciphertext = NULL
WHERE ciphertext IS NOT NULL
    AND position IN (SELECT position FROM events WHERE stream = $1::text)
    AND key_id IN (SELECT key_id FROM destroyed_keys)
