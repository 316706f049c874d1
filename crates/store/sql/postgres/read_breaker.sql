-- Until when a breaker is open, and why.
SELECT open_until, reason
FROM breakers
WHERE name = $1::text
