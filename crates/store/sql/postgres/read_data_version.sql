-- A number that changes when anybody has changed the keyring.
SELECT changes
FROM spor_keys.keyring
