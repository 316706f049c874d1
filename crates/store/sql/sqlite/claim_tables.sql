-- Takes those of the tables that nobody else holds, by the database's clock.
UPDATE projections
SET owner = ?, lease_until = CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) + ?
WHERE (name, version, generation) IN
    (SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?))
    AND status IN ('active', 'building')
    AND (owner IS NULL OR owner = ? OR lease_until IS NULL
        OR lease_until < CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
