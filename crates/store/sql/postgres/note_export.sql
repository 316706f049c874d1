-- Notes that a second copy of the keys was made in an epoch.
UPDATE spor_keys.key_epochs
SET exported_at = spor.now_micros()
WHERE epoch = $1::bigint
