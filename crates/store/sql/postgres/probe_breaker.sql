-- Lets one worker try what a breaker has kept shut until now; the others wait for what it finds.
-- One that is shut for longer than any is was shut by a clock that was wrong.
UPDATE breakers
SET open_until = $2::bigint + $3::bigint
WHERE name = $1::text
    AND (open_until <= $2::bigint OR open_until > $2::bigint + $4::bigint)
