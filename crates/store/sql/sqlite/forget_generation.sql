-- Forgets a generation that neither answers nor will.
DELETE FROM projections
WHERE name = ?
    AND version = ?
    AND generation = ?
    AND status IN ('retired', 'failed', 'building')
