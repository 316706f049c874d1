-- What is known about the derived tables; the tables themselves are made from their column lists.

CREATE TABLE projections (
    projection_no INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('building', 'active', 'retired', 'failed')),
    position INTEGER NOT NULL CHECK (position >= 0),
    logic_hash BLOB NOT NULL CHECK (length(logic_hash) = 32),
    owner TEXT,
    lease_until INTEGER,
    UNIQUE (name, version, generation)
) STRICT;

CREATE UNIQUE INDEX projections_active ON projections (name) WHERE status = 'active';

-- Streams that could not be folded, with evidence; nothing is skipped silently.
CREATE TABLE projection_failures (
    failure_no INTEGER PRIMARY KEY,
    what TEXT NOT NULL,
    stream TEXT NOT NULL,
    position INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    error TEXT NOT NULL,
    failed_at INTEGER NOT NULL,
    resolution TEXT,
    UNIQUE (what, stream)
) STRICT;

-- What became of the lines of imported files; the first outcome is kept.
CREATE TABLE import_outcomes (
    outcome_no INTEGER PRIMARY KEY,
    line_key TEXT NOT NULL UNIQUE,
    outcome TEXT NOT NULL
) STRICT;
