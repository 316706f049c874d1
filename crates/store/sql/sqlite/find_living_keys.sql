-- The living keys of these (subject, compartment) pairs.
SELECT k.key_id, k.subject, k.compartment, k.epoch, k.wrapped
FROM jsonb_each(?) AS wanted
CROSS JOIN subject_keys AS k
WHERE k.subject = wanted.value ->> 0
    AND k.compartment = wanted.value ->> 1
    AND k.destroyed_at IS NULL
