-- Whether a letter was ever written to an address, or it is refused.
SELECT 1
WHERE EXISTS (SELECT 1 FROM letters WHERE address = $1::text)
    OR EXISTS (SELECT 1 FROM suppressions WHERE address = $1::text)
