-- Erasure: one sealed part may go while its key lives, what was begun is finished, and a letter
-- that told something about an erased person loses its bytes.

-- Parts that an event erased; a part may lose its ciphertext only once it stands here or its key
-- was destroyed.
CREATE TABLE spor.erased_parts (
    erased_part_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint NOT NULL,
    part text COLLATE "C" NOT NULL,
    erased_by uuid NOT NULL,
    erased_at bigint NOT NULL,
    UNIQUE (position, part)
);

-- Erasures whose event is in the log; the deed is done when finished_at is set.
CREATE TABLE spor.erasures (
    erasure_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    begun_at bigint NOT NULL,
    finished_at bigint
);

CREATE INDEX erasures_unfinished ON spor.erasures (erasure_no) WHERE finished_at IS NULL;

-- A copied store brings parts that were erased long ago.
CREATE OR REPLACE FUNCTION spor.sealed_parts_come() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT
        FROM added AS a
        LEFT JOIN spor.events AS e ON e.position = a.position
        WHERE e.position IS NULL
            OR (a.ciphertext IS NULL
                AND NOT EXISTS (
                    SELECT FROM spor.destroyed_keys AS d WHERE d.key_id = a.key_id)
                AND NOT EXISTS (
                    SELECT
                    FROM spor.erased_parts AS p
                    WHERE p.position = a.position
                        AND p.part = a.part))
            OR a.position <= (SELECT h.position FROM spor.log_head AS h))
    THEN
        RAISE EXCEPTION 'sealed parts come with their event'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION spor.sealed_parts_are_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.position, NEW.part, NEW.key_id, NEW.nonce, NEW.ciphertext_hash)
            IS DISTINCT FROM
            (OLD.position, OLD.part, OLD.key_id, OLD.nonce, OLD.ciphertext_hash)
        OR NEW.ciphertext IS NOT NULL
        OR (NOT EXISTS (SELECT FROM spor.destroyed_keys AS d WHERE d.key_id = OLD.key_id)
            AND NOT EXISTS (
                SELECT
                FROM spor.erased_parts AS p
                WHERE p.position = OLD.position
                    AND p.part = OLD.part))
    THEN
        RAISE EXCEPTION 'a sealed part is only erased, after its key or by name'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER erased_parts_are_not_changed BEFORE UPDATE ON spor.erased_parts
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('an erased part stays erased');

CREATE TRIGGER erased_parts_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.erased_parts
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('an erased part stays erased');

DROP TRIGGER letters_keep_their_bytes ON spor.letters;

-- The same bytes and the same Message-ID go out on every attempt; what goes out no more may be
-- emptied when a person in it was erased.
CREATE TRIGGER letters_keep_their_bytes BEFORE UPDATE ON spor.letters
FOR EACH ROW
WHEN ((NEW.letter_id, NEW.message_id, NEW.address)
        IS DISTINCT FROM (OLD.letter_id, OLD.message_id, OLD.address)
    OR (NEW.bytes <> OLD.bytes
        AND NOT (length(NEW.bytes) = 0 AND NEW.state IN ('sent', 'cancelled')))
    OR NEW.fence < OLD.fence)
EXECUTE FUNCTION spor.refuse('a letter keeps its bytes');

GRANT SELECT, INSERT ON spor.erased_parts TO spor_app;
GRANT SELECT, INSERT, UPDATE ON spor.erasures TO spor_app;
