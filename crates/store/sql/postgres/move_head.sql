-- Moves the head to the last event of this transaction; a trigger refuses any other place.
UPDATE log_head
SET position = $1::bigint, recorded_at = $2::bigint, frontier = $3::bytea
