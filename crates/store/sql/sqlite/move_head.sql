-- Moves the head to the last event of this transaction; a trigger refuses any other place.
UPDATE log_head
SET position = ?, recorded_at = ?, frontier = ?
