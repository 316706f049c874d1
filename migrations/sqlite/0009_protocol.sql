-- What holds letters back: how many copies went out, how fast they go, and what was done when.

-- Copies that the relay may have, counted as they are handed over, since a person last decided.
ALTER TABLE letters ADD COLUMN copies INTEGER NOT NULL DEFAULT 0;

UPDATE letters
SET copies = (state IN ('handing_over', 'sent')) + (
    SELECT count(*)
    FROM letter_attempts
    WHERE letter_attempts.letter_id = letters.letter_id
        AND phase = 'in_doubt')
WHERE handed_over_at IS NOT NULL;

-- A bucket that all processes share. A token is a minute of microseconds.
CREATE TABLE rate_tokens (
    rate_tokens_no INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    units INTEGER NOT NULL CHECK (units >= 0),
    at INTEGER NOT NULL,
    granted INTEGER NOT NULL
) STRICT;

-- When a duty was last done, by the clock of whoever did it.
ALTER TABLE leases ADD COLUMN done_at INTEGER;
