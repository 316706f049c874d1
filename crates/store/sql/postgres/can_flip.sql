-- One row when a generation is being built and is not behind the one that answers.
UPDATE projections
SET owner = NULL, lease_until = NULL
WHERE name = $1::text
    AND version = $2::bigint
    AND generation = $3::bigint
    AND status = 'building'
    AND position >= coalesce(
        (SELECT a.position
        FROM projections AS a
        WHERE a.name = projections.name
            AND a.status = 'active'),
        0)
