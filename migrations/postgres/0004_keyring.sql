-- The keyring, a schema of its own: data keys, wrapped. A destroyed key loses its bytes at once.

CREATE TABLE spor_keys.keyring (
    keyring_id bigint PRIMARY KEY CHECK (keyring_id = 1),
    store_id uuid NOT NULL,
    -- Counts what was done to the keys, so that every process notices.
    changes bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE spor_keys.subject_keys (
    key_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_id uuid NOT NULL UNIQUE,
    subject text COLLATE "C" NOT NULL,
    compartment text COLLATE "C" NOT NULL
        CHECK (compartment IN ('person', 'confidential', 'claims')),
    epoch bigint NOT NULL,
    wrapped bytea,
    destroyed_at bigint,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE UNIQUE INDEX subject_keys_living ON spor_keys.subject_keys (subject, compartment)
WHERE destroyed_at IS NULL;

CREATE FUNCTION spor_keys.count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE spor_keys.keyring
    SET changes = changes + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER subject_keys_are_counted
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON spor_keys.subject_keys
FOR EACH STATEMENT EXECUTE FUNCTION spor_keys.count_change();

GRANT SELECT, INSERT, UPDATE (changes) ON spor_keys.keyring TO spor_app;
GRANT SELECT, INSERT, UPDATE ON spor_keys.subject_keys TO spor_app;
