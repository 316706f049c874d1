-- The sealed parts of the events of some streams, in order, up to a position and an instant.
-- `+ 0` keeps the server from reading the index of all positions along with the streams',
-- `OFFSET 0` from reading all parts.
SELECT p.position, p.part, p.key_id, p.nonce, p.ciphertext, p.ciphertext_hash
FROM events AS e
CROSS JOIN LATERAL (
    SELECT *
    FROM sealed_parts
    WHERE sealed_parts.position = e.position
    OFFSET 0
) AS p
WHERE e.stream = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
    AND e.position + 0 <= $2::bigint
    AND e.recorded_at <= $3::bigint
ORDER BY e.stream, e.version, p.part
