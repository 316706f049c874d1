-- The sealed parts of the events of a range of streams, in order, up to a position and an instant.
SELECT p.position, p.part, p.key_id, p.nonce, p.ciphertext, p.ciphertext_hash
FROM events AS e
CROSS JOIN sealed_parts AS p ON p.position = e.position
WHERE e.stream >= ?
    AND e.stream <= ?
    AND e.position <= ?
    AND e.recorded_at <= ?
ORDER BY e.stream, e.version, p.part
