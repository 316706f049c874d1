-- Erases the texts of these parts; a trigger refuses one whose key was not destroyed.
UPDATE sealed_parts
SET ciphertext = NULL
WHERE ciphertext IS NOT NULL
    AND (position, part) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
