-- Closes a breaker.
DELETE FROM breakers
WHERE name = $1::text
