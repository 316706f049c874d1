-- Notes that a second copy of the keys was made in an epoch.
UPDATE key_epochs
SET exported_at = CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)
WHERE epoch = ?
