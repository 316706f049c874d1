-- Parts that may be gone: an event of the log corrects the event that they belong to.
SELECT p.position, p.part
FROM erased_parts AS p
JOIN events AS target ON target.position = p.position
JOIN events AS erasing ON erasing.event_id = p.erased_by
WHERE p.position IN (SELECT value FROM json_each(?))
    AND erasing.corrects = target.event_id
