-- Where the events of some types stand in some streams.
SELECT position, stream
FROM events
WHERE stream IN (SELECT value FROM json_each(?))
    AND event_type IN (SELECT value FROM json_each(?))
ORDER BY position
