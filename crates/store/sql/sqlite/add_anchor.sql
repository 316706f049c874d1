-- Notes that a signed checkpoint was brought to a place.
INSERT INTO checkpoint_anchors (position, place, anchored_at)
VALUES (?, ?, ?)
ON CONFLICT DO NOTHING
