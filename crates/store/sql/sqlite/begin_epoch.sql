-- Begins the epoch of a new key-encryption key.
INSERT INTO key_epochs (epoch, begun_at)
VALUES (?, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
