-- Binds a keyring to its store.
INSERT INTO spor_keys.keyring (keyring_id, store_id, changes)
VALUES (1, $1::uuid, 0)
