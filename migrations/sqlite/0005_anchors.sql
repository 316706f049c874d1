-- Where signed checkpoints were brought to, outside of the database.

-- The right edge of the tree that was signed; its root is the one in the note, or it is worthless.
ALTER TABLE log_checkpoints ADD COLUMN frontier BLOB;

CREATE TABLE checkpoint_anchors (
    anchor_no INTEGER PRIMARY KEY,
    position INTEGER NOT NULL REFERENCES log_checkpoints (position),
    place TEXT NOT NULL,
    anchored_at INTEGER NOT NULL,
    UNIQUE (place, position)
) STRICT;

CREATE TRIGGER checkpoint_anchors_are_not_changed BEFORE UPDATE ON checkpoint_anchors
BEGIN SELECT RAISE(ABORT, 'anchors are not changed'); END;

CREATE TRIGGER checkpoint_anchors_are_not_deleted BEFORE DELETE ON checkpoint_anchors
BEGIN SELECT RAISE(ABORT, 'anchors are not deleted'); END;
