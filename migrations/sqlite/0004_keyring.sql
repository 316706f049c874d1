-- The keyring, a file of its own: data keys, wrapped. A destroyed key loses its bytes at once.

CREATE TABLE keyring (
    keyring_id INTEGER PRIMARY KEY CHECK (keyring_id = 1),
    store_id BLOB NOT NULL CHECK (length(store_id) = 16)
) STRICT;

CREATE TABLE subject_keys (
    key_no INTEGER PRIMARY KEY,
    key_id BLOB NOT NULL UNIQUE CHECK (length(key_id) = 16),
    subject TEXT NOT NULL,
    compartment TEXT NOT NULL CHECK (compartment IN ('person', 'confidential', 'claims')),
    epoch INTEGER NOT NULL,
    wrapped BLOB,
    destroyed_at INTEGER,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX subject_keys_living ON subject_keys (subject, compartment)
WHERE destroyed_at IS NULL;
