-- Where the events stand whose erasure was begun and not finished.
-- CROSS JOIN keeps SQLite from walking the whole log for the order.
SELECT e.position
FROM erasures AS x
CROSS JOIN events AS e ON e.event_id = x.event_id
WHERE x.finished_at IS NULL
ORDER BY e.position
