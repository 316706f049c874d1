-- The living keys of people that are older than so many microseconds.
SELECT key_id
FROM subject_keys
WHERE destroyed_at IS NULL
    AND compartment <> 'claims'
    AND made_at <= CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) - ?
