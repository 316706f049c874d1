-- The living keys of people that are older than so many microseconds.
SELECT key_id
FROM spor_keys.subject_keys
WHERE destroyed_at IS NULL
    AND compartment <> 'claims'
    AND made_at <= spor.now_micros() - $1::bigint
