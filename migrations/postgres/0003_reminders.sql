-- The ledger of reminders and the outbox: what shall be sent, what was sent, and every attempt.

CREATE TABLE spor.letters (
    letter_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    letter_id uuid NOT NULL UNIQUE,
    recipient text COLLATE "C" NOT NULL,
    address text NOT NULL,
    local_day text COLLATE "C" NOT NULL,
    slot text COLLATE "C" NOT NULL,
    part bigint NOT NULL,
    message_id text COLLATE "C" NOT NULL UNIQUE,
    bytes bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('ready', 'leased', 'handing_over', 'in_doubt', 'deferred',
        'sent', 'dead', 'cancelled', 'held')),
    next_at bigint NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    lease_by text,
    lease_until bigint,
    fence bigint NOT NULL DEFAULT 0,
    handed_over_at bigint,
    sent_at bigint,
    smtp_code bigint,
    smtp_text text,
    UNIQUE (recipient, local_day, slot, part)
);

CREATE INDEX letters_waiting ON spor.letters (next_at)
WHERE state IN ('ready', 'deferred', 'in_doubt');

CREATE INDEX letters_held ON spor.letters (lease_until) WHERE state IN ('leased', 'handing_over');

CREATE TABLE spor.reminders (
    reminder_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reminder_id uuid NOT NULL UNIQUE,
    rule text COLLATE "C" NOT NULL,
    case_ref text COLLATE "C" NOT NULL,
    cycle uuid NOT NULL,
    level text NOT NULL,
    recipient_role text NOT NULL,
    recipient text,
    state text NOT NULL
        CHECK (state IN ('planned', 'composed', 'cancelled', 'suppressed', 'overtaken')),
    reason text,
    letter_id uuid REFERENCES spor.letters (letter_id) DEFERRABLE INITIALLY DEFERRED,
    due text,
    planned_at bigint NOT NULL
);

CREATE INDEX reminders_of_case ON spor.reminders (case_ref, reminder_no);
CREATE INDEX reminders_of_letter ON spor.reminders (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX reminders_planned ON spor.reminders (planned_at) WHERE state = 'planned';

CREATE TABLE spor.letter_attempts (
    attempt_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    letter_id uuid NOT NULL REFERENCES spor.letters (letter_id),
    fence bigint NOT NULL,
    worker text,
    phase text NOT NULL,
    code bigint,
    text text,
    at bigint NOT NULL
);

CREATE INDEX letter_attempts_of_letter ON spor.letter_attempts (letter_id, attempt_no);

CREATE TABLE spor.suppressions (
    address text COLLATE "C" PRIMARY KEY,
    reason text NOT NULL,
    at bigint NOT NULL
);

CREATE TABLE spor.leases (
    name text COLLATE "C" PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,
    lease_until bigint NOT NULL,
    fence bigint NOT NULL
);

CREATE TABLE spor.breakers (
    name text COLLATE "C" PRIMARY KEY,
    open_until bigint NOT NULL,
    reason text NOT NULL
);

-- The same bytes and the same Message-ID go out on every attempt.
CREATE TRIGGER letters_keep_their_bytes BEFORE UPDATE ON spor.letters
FOR EACH ROW
WHEN ((NEW.letter_id, NEW.message_id, NEW.bytes, NEW.address)
        IS DISTINCT FROM (OLD.letter_id, OLD.message_id, OLD.bytes, OLD.address)
    OR NEW.fence < OLD.fence)
EXECUTE FUNCTION spor.refuse('a letter keeps its bytes');

CREATE TRIGGER letters_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.letters
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('letters are not deleted');

CREATE TRIGGER letter_attempts_are_not_changed BEFORE UPDATE ON spor.letter_attempts
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('attempts are not changed');

CREATE TRIGGER letter_attempts_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.letter_attempts
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('attempts are not deleted');

GRANT SELECT, INSERT, UPDATE ON spor.letters, spor.reminders TO spor_app;
GRANT SELECT, INSERT ON spor.letter_attempts TO spor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON spor.suppressions, spor.leases, spor.breakers TO spor_app;
