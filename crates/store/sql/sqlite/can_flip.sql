-- One row when a generation is being built and is not behind the one that answers.
UPDATE projections
SET owner = NULL, lease_until = NULL
WHERE name = ?
    AND version = ?
    AND generation = ?
    AND status = 'building'
    AND position >= coalesce(
        (SELECT position FROM projections AS a WHERE a.name = projections.name AND status = 'active'),
        0)
