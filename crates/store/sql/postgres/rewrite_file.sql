-- What was deleted goes with the maintenance that docs/erasure.md describes.
SELECT 1::bigint
