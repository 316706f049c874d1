-- Erases the texts of these parts; a trigger refuses one whose key was not destroyed.
UPDATE sealed_parts AS s
SET ciphertext = NULL
FROM jsonb_array_elements($1::text::jsonb) AS value
WHERE s.ciphertext IS NOT NULL
    AND s.position = (value ->> 0)::bigint
    AND s.part = value ->> 1
