-- Opens a copied store for work; a copy that was finished before keeps its instant.
UPDATE custody
SET finished_at = coalesce(finished_at, $1::bigint), position = $2::bigint
WHERE act = 'copied'
