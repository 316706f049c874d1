-- Names a part of the event that this event erases from; it stays named for ever.
INSERT INTO erased_parts (position, part, erased_by, erased_at)
SELECT target.position, $1::text, erasing.event_id, $2::bigint
FROM events AS erasing
JOIN events AS target ON target.event_id = erasing.corrects
WHERE erasing.event_id = $3::uuid
ON CONFLICT (position, part) DO NOTHING
