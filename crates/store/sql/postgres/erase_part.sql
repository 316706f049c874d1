-- Takes away the ciphertext of a part that an event has named.
UPDATE sealed_parts
SET ciphertext = NULL
WHERE ciphertext IS NOT NULL
    AND (position, part) IN (SELECT position, part FROM erased_parts WHERE erased_by = $1::uuid)
