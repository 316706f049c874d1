-- Notes a new generation of a table; a first one of its version answers at once.
INSERT INTO projections (name, version, generation, status, position, logic_hash)
VALUES (?, ?, ?, ?, 0, ?)
ON CONFLICT DO NOTHING
