-- Takes those of the tables that nobody else holds, by the database's clock.
UPDATE projections
SET owner = $1::text, lease_until = now_micros() + $2::bigint
WHERE (name, version, generation) IN
    (SELECT value ->> 0, (value ->> 1)::bigint, (value ->> 2)::bigint
    FROM jsonb_array_elements($3::text::jsonb) AS value)
    AND status IN ('active', 'building')
    AND (owner IS NULL OR owner = $4::text OR lease_until IS NULL
        OR lease_until < now_micros())
