-- Takes a letter from the worker whose lease has lapsed, under the fence and from the
-- state that were seen.
UPDATE letters
SET state = ?1, next_at = coalesce(?2, next_at), lease_until = NULL
WHERE letter_id = ?3
    AND fence = ?4
    AND state = ?7
    AND state IN ('leased', 'handing_over')
    AND (lease_until <= coalesce(?5, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER))
        OR lease_until > coalesce(?5, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)) + ?6)
