-- Keeps what became of lines; an earlier outcome stands.
INSERT INTO import_outcomes (line_key, outcome)
SELECT value ->> 0, value ->> 1
FROM jsonb_each(?)
WHERE true
ON CONFLICT (line_key) DO NOTHING
