-- The log: what was recorded, in order, never changed. Times are microseconds UTC, dates ISO text,
-- ids 16 bytes, hashes 32 bytes.

CREATE TABLE log_head (
    log_head_id INTEGER PRIMARY KEY CHECK (log_head_id = 1),
    store_id BLOB NOT NULL CHECK (length(store_id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('production', 'sandbox')),
    position INTEGER NOT NULL CHECK (position >= 0),
    recorded_at INTEGER NOT NULL,
    frontier BLOB NOT NULL
) STRICT;

CREATE TABLE commits (
    first_position INTEGER PRIMARY KEY,
    last_position INTEGER NOT NULL CHECK (last_position >= first_position),
    commit_id BLOB NOT NULL UNIQUE CHECK (length(commit_id) = 16),
    recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'system', 'import')),
    on_behalf_of TEXT,
    auth TEXT NOT NULL CHECK (auth IN ('sandbox', 'os', 'socket', 'oidc')),
    idempotency_key TEXT,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    command TEXT NOT NULL,
    correlation_id BLOB CHECK (length(correlation_id) = 16),
    causation_id BLOB CHECK (length(causation_id) = 16),
    UNIQUE (actor, idempotency_key)
) STRICT;

CREATE TABLE streams (
    stream_no INTEGER PRIMARY KEY,
    stream TEXT NOT NULL UNIQUE,
    category TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1)
) STRICT;

CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    commit_id BLOB NOT NULL REFERENCES commits (commit_id),
    stream TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    event_type TEXT NOT NULL,
    schema_version INTEGER NOT NULL CHECK (schema_version >= 1),
    occurred_on TEXT NOT NULL CHECK (length(occurred_on) = 10),
    recorded_at INTEGER NOT NULL,
    corrects BLOB CHECK (length(corrects) = 16),
    body TEXT NOT NULL,
    leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
    UNIQUE (stream, version)
) STRICT;

CREATE TABLE sealed_parts (
    position INTEGER NOT NULL REFERENCES events (position),
    part TEXT NOT NULL,
    key_id BLOB NOT NULL CHECK (length(key_id) = 16),
    nonce BLOB NOT NULL CHECK (length(nonce) = 24),
    ciphertext BLOB,
    ciphertext_hash BLOB NOT NULL CHECK (length(ciphertext_hash) = 32),
    PRIMARY KEY (position, part)
) STRICT, WITHOUT ROWID;

-- Mirrors what the keyring destroyed, for a trigger cannot see another file.
CREATE TABLE destroyed_keys (
    key_id BLOB PRIMARY KEY CHECK (length(key_id) = 16),
    destroyed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE log_checkpoints (
    position INTEGER PRIMARY KEY,
    root BLOB NOT NULL CHECK (length(root) = 32),
    signed_at INTEGER NOT NULL,
    note TEXT NOT NULL,
    anchored TEXT NOT NULL
) STRICT;

CREATE TRIGGER log_head_is_one BEFORE INSERT ON log_head
WHEN EXISTS (SELECT 1 FROM log_head)
BEGIN SELECT RAISE(ABORT, 'the log has one head'); END;

CREATE TRIGGER log_head_stays BEFORE DELETE ON log_head
BEGIN SELECT RAISE(ABORT, 'the head of the log is not deleted'); END;

CREATE TRIGGER log_head_follows BEFORE UPDATE ON log_head
WHEN NEW.log_head_id IS NOT OLD.log_head_id
    OR NEW.store_id IS NOT OLD.store_id
    OR NEW.kind IS NOT OLD.kind
    OR NEW.position < OLD.position
    OR NEW.recorded_at < OLD.recorded_at
    OR NEW.position IS NOT (SELECT coalesce(max(position), 0) FROM events)
BEGIN SELECT RAISE(ABORT, 'the head of the log only follows the events'); END;

CREATE TRIGGER commits_follow BEFORE INSERT ON commits
WHEN NEW.first_position IS NOT
    1 + coalesce((SELECT last_position FROM commits ORDER BY first_position DESC LIMIT 1), 0)
BEGIN SELECT RAISE(ABORT, 'a commit begins where the last one ended'); END;

CREATE TRIGGER commits_are_not_changed BEFORE UPDATE ON commits
BEGIN SELECT RAISE(ABORT, 'commits are not changed'); END;

CREATE TRIGGER commits_are_not_deleted BEFORE DELETE ON commits
BEGIN SELECT RAISE(ABORT, 'commits are not deleted'); END;

CREATE TRIGGER streams_only_grow BEFORE UPDATE ON streams
WHEN NEW.stream_no IS NOT OLD.stream_no
    OR NEW.stream IS NOT OLD.stream
    OR NEW.category IS NOT OLD.category
    OR NEW.version <= OLD.version
BEGIN SELECT RAISE(ABORT, 'streams only grow'); END;

CREATE TRIGGER streams_are_not_deleted BEFORE DELETE ON streams
BEGIN SELECT RAISE(ABORT, 'streams are not deleted'); END;

CREATE TRIGGER events_follow BEFORE INSERT ON events
WHEN NEW.position IS NOT 1 + (SELECT coalesce(max(position), 0) FROM events)
BEGIN SELECT RAISE(ABORT, 'an event takes the next position'); END;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are not changed'); END;

CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END;

CREATE TRIGGER sealed_parts_come_with_their_event BEFORE INSERT ON sealed_parts
WHEN NEW.ciphertext IS NULL OR NEW.position <= (SELECT position FROM log_head)
BEGIN SELECT RAISE(ABORT, 'sealed parts come with their event'); END;

CREATE TRIGGER sealed_parts_are_only_erased BEFORE UPDATE ON sealed_parts
WHEN NEW.position IS NOT OLD.position
    OR NEW.part IS NOT OLD.part
    OR NEW.key_id IS NOT OLD.key_id
    OR NEW.nonce IS NOT OLD.nonce
    OR NEW.ciphertext IS NOT NULL
    OR NEW.ciphertext_hash IS NOT OLD.ciphertext_hash
    OR NOT EXISTS (SELECT 1 FROM destroyed_keys WHERE key_id = OLD.key_id)
BEGIN SELECT RAISE(ABORT, 'a sealed part is only erased, after its key'); END;

CREATE TRIGGER sealed_parts_are_not_deleted BEFORE DELETE ON sealed_parts
BEGIN SELECT RAISE(ABORT, 'sealed parts are not deleted'); END;

CREATE TRIGGER destroyed_keys_are_not_changed BEFORE UPDATE ON destroyed_keys
BEGIN SELECT RAISE(ABORT, 'a destroyed key stays destroyed'); END;

CREATE TRIGGER destroyed_keys_are_not_deleted BEFORE DELETE ON destroyed_keys
BEGIN SELECT RAISE(ABORT, 'a destroyed key stays destroyed'); END;

CREATE TRIGGER log_checkpoints_are_not_changed BEFORE UPDATE ON log_checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are not changed'); END;

CREATE TRIGGER log_checkpoints_are_not_deleted BEFORE DELETE ON log_checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are not deleted'); END;
