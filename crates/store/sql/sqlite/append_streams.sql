-- Moves streams to their new versions; a trigger refuses one that does not grow.
INSERT INTO streams (stream, category, version)
SELECT value ->> 0, value ->> 1, value ->> 2
FROM jsonb_each(?)
WHERE true
ON CONFLICT (stream) DO UPDATE SET version = excluded.version
