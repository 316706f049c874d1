-- Where the events of some types stand in some streams.
-- `+ 0` keeps the server from walking the index of all positions for the order.
SELECT position, stream
FROM events
WHERE stream = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
    AND event_type = ANY (ARRAY(SELECT jsonb_array_elements_text($2::text::jsonb)))
ORDER BY position + 0
