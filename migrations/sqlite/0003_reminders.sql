-- The ledger of reminders and the outbox: what shall be sent, what was sent, and every attempt.

CREATE TABLE reminders (
    reminder_no INTEGER PRIMARY KEY,
    reminder_id BLOB NOT NULL UNIQUE CHECK (length(reminder_id) = 16),
    rule TEXT NOT NULL,
    case_ref TEXT NOT NULL,
    cycle BLOB NOT NULL CHECK (length(cycle) = 16),
    level TEXT NOT NULL,
    recipient_role TEXT NOT NULL,
    recipient TEXT,
    state TEXT NOT NULL
        CHECK (state IN ('planned', 'composed', 'cancelled', 'suppressed', 'overtaken')),
    reason TEXT,
    letter_id BLOB REFERENCES letters (letter_id) DEFERRABLE INITIALLY DEFERRED,
    due TEXT,
    planned_at INTEGER NOT NULL
) STRICT;

CREATE INDEX reminders_of_case ON reminders (case_ref, reminder_no);
CREATE INDEX reminders_of_letter ON reminders (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX reminders_planned ON reminders (planned_at) WHERE state = 'planned';

CREATE TABLE letters (
    letter_no INTEGER PRIMARY KEY,
    letter_id BLOB NOT NULL UNIQUE CHECK (length(letter_id) = 16),
    recipient TEXT NOT NULL,
    address TEXT NOT NULL,
    local_day TEXT NOT NULL,
    slot TEXT NOT NULL,
    part INTEGER NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    bytes BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'handing_over', 'in_doubt', 'deferred',
        'sent', 'dead', 'cancelled', 'held')),
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    lease_by TEXT,
    lease_until INTEGER,
    fence INTEGER NOT NULL DEFAULT 0,
    handed_over_at INTEGER,
    sent_at INTEGER,
    smtp_code INTEGER,
    smtp_text TEXT,
    UNIQUE (recipient, local_day, slot, part)
) STRICT;

CREATE INDEX letters_waiting ON letters (next_at) WHERE state IN ('ready', 'deferred', 'in_doubt');
CREATE INDEX letters_held ON letters (lease_until) WHERE state IN ('leased', 'handing_over');

CREATE TABLE letter_attempts (
    attempt_no INTEGER PRIMARY KEY,
    letter_id BLOB NOT NULL REFERENCES letters (letter_id),
    fence INTEGER NOT NULL,
    worker TEXT,
    phase TEXT NOT NULL,
    code INTEGER,
    text TEXT,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX letter_attempts_of_letter ON letter_attempts (letter_id, attempt_no);

CREATE TABLE suppressions (
    suppression_no INTEGER PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE leases (
    lease_no INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    fence INTEGER NOT NULL
) STRICT;

CREATE TABLE breakers (
    breaker_no INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    open_until INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- The same bytes and the same Message-ID go out on every attempt.
CREATE TRIGGER letters_keep_their_bytes BEFORE UPDATE ON letters
WHEN NEW.letter_id IS NOT OLD.letter_id
    OR NEW.message_id IS NOT OLD.message_id
    OR NEW.bytes IS NOT OLD.bytes
    OR NEW.address IS NOT OLD.address
    OR NEW.fence < OLD.fence
BEGIN SELECT RAISE(ABORT, 'a letter keeps its bytes'); END;

CREATE TRIGGER letters_are_not_deleted BEFORE DELETE ON letters
BEGIN SELECT RAISE(ABORT, 'letters are not deleted'); END;

CREATE TRIGGER letter_attempts_are_not_changed BEFORE UPDATE ON letter_attempts
BEGIN SELECT RAISE(ABORT, 'attempts are not changed'); END;

CREATE TRIGGER letter_attempts_are_not_deleted BEFORE DELETE ON letter_attempts
BEGIN SELECT RAISE(ABORT, 'attempts are not deleted'); END;
