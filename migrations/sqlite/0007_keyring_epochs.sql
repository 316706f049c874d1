-- The key-encryption keys of a keyring, counted by epochs, and when each key was made.

CREATE TABLE key_epochs (
    epoch INTEGER PRIMARY KEY CHECK (epoch >= 1),
    begun_at INTEGER NOT NULL,
    exported_at INTEGER
) STRICT;

INSERT INTO key_epochs (epoch, begun_at)
VALUES (1, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER));

-- Keys from before this migration count as old.
ALTER TABLE subject_keys ADD COLUMN made_at INTEGER NOT NULL DEFAULT 0;
