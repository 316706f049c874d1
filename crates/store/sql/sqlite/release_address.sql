-- An address may be written to again.
DELETE FROM suppressions
WHERE address = ?
