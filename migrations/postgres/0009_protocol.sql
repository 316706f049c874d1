-- What holds letters back: how many copies went out, how fast they go, and what was done when.

-- Copies that the relay may have, counted as they are handed over, since a person last decided.
ALTER TABLE spor.letters ADD COLUMN copies bigint NOT NULL DEFAULT 0;

UPDATE spor.letters
SET copies = (state IN ('handing_over', 'sent'))::int + (
    SELECT count(*)
    FROM spor.letter_attempts
    WHERE letter_attempts.letter_id = letters.letter_id
        AND phase = 'in_doubt')
WHERE handed_over_at IS NOT NULL;

-- A bucket that all processes share. A token is a minute of microseconds.
CREATE TABLE spor.rate_tokens (
    name text COLLATE "C" PRIMARY KEY,
    units bigint NOT NULL CHECK (units >= 0),
    at bigint NOT NULL,
    granted bigint NOT NULL
);

-- When a duty was last done, by the clock of whoever did it.
ALTER TABLE spor.leases ADD COLUMN done_at bigint;

GRANT SELECT, INSERT, UPDATE, DELETE ON spor.rate_tokens TO spor_app;
