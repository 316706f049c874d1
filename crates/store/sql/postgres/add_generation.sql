-- Notes a new generation of a table; a first one of its version answers at once.
INSERT INTO projections (name, version, generation, status, position, logic_hash)
VALUES ($1::text, $2::bigint, $3::bigint, $4::text, 0, $5::bytea)
ON CONFLICT DO NOTHING
