-- Names a part of the event that this event erases from; it stays named for ever.
INSERT INTO erased_parts (position, part, erased_by, erased_at)
SELECT target.position, ?, erasing.event_id, ?
FROM events AS erasing
JOIN events AS target ON target.event_id = erasing.corrects
WHERE erasing.event_id = ?
ON CONFLICT (position, part) DO NOTHING
