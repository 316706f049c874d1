-- Erasure: one sealed part may go while its key lives, what was begun is finished, and a letter
-- that told something about an erased person loses its bytes.

-- Parts that an event erased; a part may lose its ciphertext only once it stands here or its key
-- was destroyed.
CREATE TABLE erased_parts (
    erased_part_no INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    part TEXT NOT NULL,
    erased_by BLOB NOT NULL CHECK (length(erased_by) = 16),
    erased_at INTEGER NOT NULL,
    UNIQUE (position, part)
) STRICT;

-- Erasures whose event is in the log; the deed is done when finished_at is set.
CREATE TABLE erasures (
    erasure_no INTEGER PRIMARY KEY,
    event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    begun_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE INDEX erasures_unfinished ON erasures (erasure_no) WHERE finished_at IS NULL;

DROP TRIGGER sealed_parts_come_with_their_event;

-- A copied store brings parts that were erased long ago.
CREATE TRIGGER sealed_parts_come_with_their_event BEFORE INSERT ON sealed_parts
WHEN NEW.position <= (SELECT position FROM log_head)
    OR (NEW.ciphertext IS NULL
        AND NOT EXISTS (SELECT 1 FROM destroyed_keys WHERE key_id = NEW.key_id)
        AND NOT EXISTS (
            SELECT 1 FROM erased_parts WHERE position = NEW.position AND part = NEW.part))
BEGIN SELECT RAISE(ABORT, 'sealed parts come with their event'); END;

DROP TRIGGER sealed_parts_are_only_erased;

CREATE TRIGGER sealed_parts_are_only_erased BEFORE UPDATE ON sealed_parts
WHEN NEW.position IS NOT OLD.position
    OR NEW.part IS NOT OLD.part
    OR NEW.key_id IS NOT OLD.key_id
    OR NEW.nonce IS NOT OLD.nonce
    OR NEW.ciphertext IS NOT NULL
    OR NEW.ciphertext_hash IS NOT OLD.ciphertext_hash
    OR (NOT EXISTS (SELECT 1 FROM destroyed_keys WHERE key_id = OLD.key_id)
        AND NOT EXISTS (
            SELECT 1 FROM erased_parts WHERE position = OLD.position AND part = OLD.part))
BEGIN SELECT RAISE(ABORT, 'a sealed part is only erased, after its key or by name'); END;

CREATE TRIGGER erased_parts_are_not_changed BEFORE UPDATE ON erased_parts
BEGIN SELECT RAISE(ABORT, 'an erased part stays erased'); END;

CREATE TRIGGER erased_parts_are_not_deleted BEFORE DELETE ON erased_parts
BEGIN SELECT RAISE(ABORT, 'an erased part stays erased'); END;

DROP TRIGGER letters_keep_their_bytes;

-- The same bytes and the same Message-ID go out on every attempt; what goes out no more may be
-- emptied when a person in it was erased.
CREATE TRIGGER letters_keep_their_bytes BEFORE UPDATE ON letters
WHEN NEW.letter_id IS NOT OLD.letter_id
    OR NEW.message_id IS NOT OLD.message_id
    OR (NEW.bytes IS NOT OLD.bytes
        AND NOT (length(NEW.bytes) = 0 AND NEW.state IN ('sent', 'cancelled')))
    OR NEW.address IS NOT OLD.address
    OR NEW.fence < OLD.fence
BEGIN SELECT RAISE(ABORT, 'a letter keeps its bytes'); END;
