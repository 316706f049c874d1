-- Binds a keyring to its store.
INSERT INTO keyring (keyring_id, store_id)
VALUES (1, ?)
