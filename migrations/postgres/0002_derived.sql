-- What is known about the derived tables; the tables themselves are made from their column lists,
-- in a schema of their own.

CREATE TABLE spor.projections (
    projection_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    generation bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('building', 'active', 'retired', 'failed')),
    position bigint NOT NULL CHECK (position >= 0),
    logic_hash bytea NOT NULL CHECK (length(logic_hash) = 32),
    owner text COLLATE "C",
    lease_until bigint,
    UNIQUE (name, version, generation)
);

CREATE UNIQUE INDEX projections_active ON spor.projections (name) WHERE status = 'active';

-- Streams that could not be folded, with evidence; nothing is skipped silently.
CREATE TABLE spor.projection_failures (
    failure_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    tries bigint NOT NULL,
    error text NOT NULL,
    failed_at bigint NOT NULL,
    resolution text,
    UNIQUE (what, stream)
);

-- What became of the lines of imported files; the first outcome is kept.
CREATE TABLE spor.import_outcomes (
    line_key text COLLATE "C" PRIMARY KEY,
    outcome text NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE
ON spor.projections, spor.projection_failures, spor.import_outcomes
TO spor_app;
