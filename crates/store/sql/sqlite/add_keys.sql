-- Adds wrapped keys.
INSERT INTO subject_keys (key_id, subject, compartment, epoch, wrapped)
SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, unhex(value ->> 4)
FROM json_each(?)
