-- What was done with the store as a whole: copied here, restored from a backup, backed up.

CREATE TABLE spor.custody (
    custody_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act text NOT NULL CHECK (act IN ('copied', 'restored', 'backed_up')),
    position bigint NOT NULL CHECK (position >= 0),
    begun_at bigint NOT NULL,
    -- NULL while a copy is under way: until then nobody works with the store.
    finished_at bigint,
    -- What was due before this instant may have gone out from the store that was lost.
    hold_before bigint,
    released_at bigint
);

CREATE TRIGGER custody_is_not_deleted BEFORE DELETE OR TRUNCATE ON spor.custody
FOR EACH STATEMENT
EXECUTE FUNCTION spor.refuse('what was done with the store is not forgotten');

GRANT SELECT, INSERT, UPDATE (position, finished_at, released_at) ON spor.custody TO spor_app;
