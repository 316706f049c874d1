-- Notes, together with its event, that something is to be erased.
INSERT INTO erasures (event_id, begun_at)
VALUES ($1::uuid, $2::bigint)
