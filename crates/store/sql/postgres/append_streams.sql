-- Moves streams to their new versions; a trigger refuses one that does not grow.
INSERT INTO streams (stream, category, version)
SELECT value ->> 0, value ->> 1, (value ->> 2)::bigint
FROM jsonb_array_elements($1::text::jsonb) AS value
ON CONFLICT (stream) DO UPDATE SET version = excluded.version
