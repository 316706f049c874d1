-- Lets one worker try what a breaker has kept shut until now; the others wait for what it finds.
-- One that is shut for longer than any is was shut by a clock that was wrong.
UPDATE breakers
SET open_until = ?2 + ?3
WHERE name = ?1
    AND (open_until <= ?2 OR open_until > ?2 + ?4)
