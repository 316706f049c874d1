-- Notes what is done with the store as a whole.
INSERT INTO custody (act, position, begun_at, finished_at, hold_before)
VALUES ($1::text, $2::bigint, $3::bigint, $4::bigint, $5::bigint)
