-- The log: what was recorded, in order, never changed. Times are microseconds UTC, dates ISO text,
-- hashes 32 bytes. Names sort by their bytes. Triggers fire also where replication is replayed.

CREATE FUNCTION spor.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- The database's clock, which nobody who uses the store can wind.
CREATE FUNCTION spor.now_micros() RETURNS bigint LANGUAGE sql VOLATILE
RETURN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

CREATE TABLE spor.log_head (
    log_head_id bigint PRIMARY KEY CHECK (log_head_id = 1),
    store_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('production', 'sandbox')),
    position bigint NOT NULL CHECK (position >= 0),
    recorded_at bigint NOT NULL,
    frontier bytea NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE spor.commits (
    first_position bigint PRIMARY KEY CHECK (first_position >= 1),
    last_position bigint NOT NULL CHECK (last_position >= first_position),
    commit_id uuid NOT NULL UNIQUE,
    recorded_at bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'system', 'import')),
    on_behalf_of text,
    auth text NOT NULL CHECK (auth IN ('sandbox', 'os', 'socket', 'oidc')),
    idempotency_key text COLLATE "C",
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    command text NOT NULL,
    correlation_id uuid,
    causation_id uuid,
    UNIQUE (actor, idempotency_key)
);

CREATE TABLE spor.streams (
    stream text COLLATE "C" PRIMARY KEY,
    category text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version >= 1)
) WITH (fillfactor = 80);

CREATE TABLE spor.events (
    position bigint PRIMARY KEY CHECK (position >= 1),
    event_id uuid NOT NULL UNIQUE,
    commit_id uuid NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    event_type text COLLATE "C" NOT NULL,
    schema_version bigint NOT NULL CHECK (schema_version >= 1),
    occurred_on text COLLATE "C" NOT NULL CHECK (length(occurred_on) = 10),
    recorded_at bigint NOT NULL,
    corrects uuid,
    body text NOT NULL,
    leaf_hash bytea NOT NULL CHECK (length(leaf_hash) = 32),
    UNIQUE (stream, version)
);

CREATE TABLE spor.sealed_parts (
    position bigint NOT NULL,
    part text COLLATE "C" NOT NULL,
    key_id uuid NOT NULL,
    nonce bytea NOT NULL CHECK (length(nonce) = 24),
    ciphertext bytea,
    ciphertext_hash bytea NOT NULL CHECK (length(ciphertext_hash) = 32),
    PRIMARY KEY (position, part)
);

-- Mirrors what the keyring destroyed, so that the log can be checked without the keyring.
CREATE TABLE spor.destroyed_keys (
    key_id uuid PRIMARY KEY,
    destroyed_at bigint NOT NULL
);

CREATE TABLE spor.log_checkpoints (
    position bigint PRIMARY KEY,
    root bytea NOT NULL CHECK (length(root) = 32),
    signed_at bigint NOT NULL,
    note text NOT NULL,
    anchored text NOT NULL
);

CREATE FUNCTION spor.log_head_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.log_head_id <> OLD.log_head_id
        OR NEW.store_id <> OLD.store_id
        OR NEW.kind <> OLD.kind
        OR NEW.position < OLD.position
        OR NEW.recorded_at < OLD.recorded_at
        OR NEW.position <> (SELECT coalesce(max(e.position), 0) FROM spor.events AS e)
    THEN
        RAISE EXCEPTION 'the head of the log only follows the events'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- Looked at once per statement: a row's own trigger made appending three times as slow.
CREATE FUNCTION spor.commits_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    low bigint;
    high bigint;
    gaps bigint;
BEGIN
    SELECT min(first_position), max(first_position) INTO low, high FROM added;
    IF low IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT count(*) INTO gaps
    FROM (
        SELECT first_position, lag(last_position) OVER (ORDER BY first_position) AS before
        FROM added
    ) AS a
    WHERE a.first_position <> 1 + coalesce(a.before, (
        SELECT c.last_position
        FROM spor.commits AS c
        WHERE c.first_position < low
        ORDER BY c.first_position DESC
        LIMIT 1), 0);
    IF gaps > 0 OR high <> (SELECT max(c.first_position) FROM spor.commits AS c) THEN
        RAISE EXCEPTION 'a commit begins where the last one ended'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION spor.events_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    low bigint;
    high bigint;
    many bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO low, high, many FROM added;
    IF many = 0 THEN
        RETURN NULL;
    END IF;
    IF high - low + 1 <> many
        OR high <> (SELECT max(e.position) FROM spor.events AS e)
        OR (low > 1 AND NOT EXISTS (SELECT FROM spor.events AS e WHERE e.position = low - 1))
    THEN
        RAISE EXCEPTION 'an event takes the next position'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT
        FROM added AS a
        LEFT JOIN spor.commits AS c ON c.commit_id = a.commit_id
        WHERE c.commit_id IS NULL
            OR a.position NOT BETWEEN c.first_position AND c.last_position)
    THEN
        RAISE EXCEPTION 'an event belongs to the commit that covers its position'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION spor.sealed_parts_come() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT
        FROM added AS a
        LEFT JOIN spor.events AS e ON e.position = a.position
        WHERE e.position IS NULL
            OR a.ciphertext IS NULL
            OR a.position <= (SELECT h.position FROM spor.log_head AS h))
    THEN
        RAISE EXCEPTION 'sealed parts come with their event'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION spor.sealed_parts_are_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.position, NEW.part, NEW.key_id, NEW.nonce, NEW.ciphertext_hash)
            IS DISTINCT FROM
            (OLD.position, OLD.part, OLD.key_id, OLD.nonce, OLD.ciphertext_hash)
        OR NEW.ciphertext IS NOT NULL
        OR NOT EXISTS (SELECT FROM spor.destroyed_keys AS d WHERE d.key_id = OLD.key_id)
    THEN
        RAISE EXCEPTION 'a sealed part is only erased, after its key'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER log_head_stays BEFORE DELETE OR TRUNCATE ON spor.log_head
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('the head of the log is not deleted');

CREATE TRIGGER log_head_follows BEFORE UPDATE ON spor.log_head
FOR EACH ROW EXECUTE FUNCTION spor.log_head_follows();

CREATE TRIGGER commits_follow AFTER INSERT ON spor.commits
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION spor.commits_follow();

CREATE TRIGGER commits_are_not_changed BEFORE UPDATE ON spor.commits
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('commits are not changed');

CREATE TRIGGER commits_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.commits
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('commits are not deleted');

CREATE TRIGGER streams_only_grow BEFORE UPDATE ON spor.streams
FOR EACH ROW
WHEN (NEW.stream <> OLD.stream OR NEW.category <> OLD.category OR NEW.version <= OLD.version)
EXECUTE FUNCTION spor.refuse('streams only grow');

CREATE TRIGGER streams_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.streams
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('streams are not deleted');

CREATE TRIGGER events_follow AFTER INSERT ON spor.events
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION spor.events_follow();

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON spor.events
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('events are not changed');

CREATE TRIGGER events_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.events
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('events are not deleted');

CREATE TRIGGER sealed_parts_come_with_their_event AFTER INSERT ON spor.sealed_parts
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION spor.sealed_parts_come();

CREATE TRIGGER sealed_parts_are_only_erased BEFORE UPDATE ON spor.sealed_parts
FOR EACH ROW EXECUTE FUNCTION spor.sealed_parts_are_erased();

CREATE TRIGGER sealed_parts_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.sealed_parts
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('sealed parts are not deleted');

CREATE TRIGGER destroyed_keys_are_not_changed BEFORE UPDATE ON spor.destroyed_keys
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('a destroyed key stays destroyed');

CREATE TRIGGER destroyed_keys_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.destroyed_keys
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('a destroyed key stays destroyed');

CREATE TRIGGER log_checkpoints_are_not_changed BEFORE UPDATE ON spor.log_checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('checkpoints are not changed');

CREATE TRIGGER log_checkpoints_are_not_deleted BEFORE DELETE OR TRUNCATE ON spor.log_checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION spor.refuse('checkpoints are not deleted');

GRANT SELECT, INSERT, UPDATE (position, recorded_at, frontier) ON spor.log_head TO spor_app;
GRANT SELECT, INSERT ON spor.commits, spor.events, spor.destroyed_keys, spor.log_checkpoints
TO spor_app;
GRANT SELECT, INSERT, UPDATE (version) ON spor.streams TO spor_app;
GRANT SELECT, INSERT, UPDATE (ciphertext) ON spor.sealed_parts TO spor_app;
