-- Moves the checkpoints of tables, but only from this position and for this owner.
UPDATE projections
SET position = ?
WHERE (name, version, generation) IN
    (SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?))
    AND position = ?
    AND owner = ?
    AND status IN ('active', 'building')
