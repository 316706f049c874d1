-- Begins the epoch of a new key-encryption key.
INSERT INTO spor_keys.key_epochs (epoch, begun_at)
VALUES ($1::bigint, spor.now_micros())
