-- The addresses that are not written to.
SELECT address, reason, at
FROM suppressions
ORDER BY address
