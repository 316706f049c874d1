-- Notes that a signed checkpoint was brought to a place.
INSERT INTO checkpoint_anchors (position, place, anchored_at)
VALUES ($1::bigint, $2::text, $3::bigint)
ON CONFLICT DO NOTHING
