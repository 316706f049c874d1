-- Moves the checkpoints of tables, but only from this position and for this owner.
UPDATE projections
SET position = $1::bigint
WHERE (name, version, generation) IN
    (SELECT value ->> 0, (value ->> 1)::bigint, (value ->> 2)::bigint
    FROM jsonb_array_elements($2::text::jsonb) AS value)
    AND position = $3::bigint
    AND owner = $4::text
    AND status IN ('active', 'building')
