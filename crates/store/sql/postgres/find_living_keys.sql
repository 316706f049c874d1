-- The living keys of these (subject, compartment) pairs.
SELECT k.key_id, k.subject, k.compartment, k.epoch, k.wrapped
FROM jsonb_array_elements($1::text::jsonb) AS wanted
JOIN spor_keys.subject_keys AS k
    ON k.subject = wanted ->> 0
    AND k.compartment = wanted ->> 1
    AND k.destroyed_at IS NULL
