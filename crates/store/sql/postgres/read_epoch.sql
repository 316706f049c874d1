-- The epoch of the key-encryption key now in use.
SELECT max(epoch)
FROM spor_keys.key_epochs
