-- Adds wrapped keys.
INSERT INTO spor_keys.subject_keys (key_id, subject, compartment, epoch, wrapped, made_at)
SELECT (value ->> 0)::uuid, value ->> 1, value ->> 2, (value ->> 3)::bigint,
    decode(value ->> 4, 'hex'), spor.now_micros()
FROM jsonb_array_elements($1::text::jsonb) AS value
