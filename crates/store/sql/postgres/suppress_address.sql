-- Nothing shall be sent to an address any more.
INSERT INTO suppressions (address, reason, at)
VALUES ($1::text, $2::text, $3::bigint)
ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, at = excluded.at
