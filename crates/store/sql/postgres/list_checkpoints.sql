-- All generations of all tables.
SELECT name, version, generation, status, position, logic_hash, owner, lease_until
FROM projections
ORDER BY name, version, generation
