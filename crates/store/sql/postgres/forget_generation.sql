-- Forgets a generation that neither answers nor will.
DELETE FROM projections
WHERE name = $1::text
    AND version = $2::bigint
    AND generation = $3::bigint
    AND status IN ('retired', 'failed', 'building')
