-- Closes a breaker.
DELETE FROM breakers
WHERE name = ?
