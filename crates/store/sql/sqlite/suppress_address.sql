-- Nothing shall be sent to an address any more.
INSERT INTO suppressions (address, reason, at)
VALUES (?, ?, ?)
ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, at = excluded.at
