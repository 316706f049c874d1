-- An address may be written to again.
DELETE FROM suppressions
WHERE address = $1::text
