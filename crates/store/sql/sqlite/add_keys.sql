-- Adds wrapped keys.
INSERT INTO subject_keys (key_id, subject, compartment, epoch, wrapped, made_at)
SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, unhex(value ->> 4),
    CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)
FROM jsonb_each(?)
