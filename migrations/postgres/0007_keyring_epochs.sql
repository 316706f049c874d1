-- The key-encryption keys of a keyring, counted by epochs, and when each key was made.

CREATE TABLE spor_keys.key_epochs (
    epoch bigint PRIMARY KEY CHECK (epoch >= 1),
    begun_at bigint NOT NULL,
    exported_at bigint
);

INSERT INTO spor_keys.key_epochs (epoch, begun_at)
VALUES (1, spor.now_micros());

-- Keys from before this migration count as old.
ALTER TABLE spor_keys.subject_keys ADD COLUMN made_at bigint NOT NULL DEFAULT 0;

CREATE TRIGGER key_epochs_are_counted
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON spor_keys.key_epochs
FOR EACH STATEMENT EXECUTE FUNCTION spor_keys.count_change();

GRANT SELECT, INSERT, UPDATE ON spor_keys.key_epochs TO spor_app;
GRANT DELETE ON spor_keys.subject_keys TO spor_app;
