-- What was done with the store as a whole: copied here, restored from a backup, backed up.

CREATE TABLE custody (
    custody_no INTEGER PRIMARY KEY,
    act TEXT NOT NULL CHECK (act IN ('copied', 'restored', 'backed_up')),
    position INTEGER NOT NULL CHECK (position >= 0),
    begun_at INTEGER NOT NULL,
    -- NULL while a copy is under way: until then nobody works with the store.
    finished_at INTEGER,
    -- What was due before this instant may have gone out from the store that was lost.
    hold_before INTEGER,
    released_at INTEGER
) STRICT;

CREATE TRIGGER custody_is_not_deleted BEFORE DELETE ON custody
BEGIN SELECT RAISE(ABORT, 'what was done with the store is not forgotten'); END;
