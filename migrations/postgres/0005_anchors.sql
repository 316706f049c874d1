-- Where signed checkpoints were brought to, outside of the database.

-- The right edge of the tree that was signed; its root is the one in the note, or it is worthless.
ALTER TABLE spor.log_checkpoints ADD COLUMN frontier bytea;

CREATE TABLE spor.checkpoint_anchors (
    anchor_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint NOT NULL REFERENCES spor.log_checkpoints (position),
    place text COLLATE "C" NOT NULL,
    anchored_at bigint NOT NULL,
    UNIQUE (place, position)
);

CREATE TRIGGER checkpoint_anchors_are_not_changed BEFORE UPDATE ON spor.checkpoint_anchors
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('anchors are not changed');

CREATE TRIGGER checkpoint_anchors_are_not_deleted
BEFORE DELETE OR TRUNCATE ON spor.checkpoint_anchors
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('anchors are not deleted');

GRANT SELECT, INSERT ON spor.checkpoint_anchors TO spor_app;
