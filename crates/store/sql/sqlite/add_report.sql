-- Notes the report of a mail server about a letter in one of these states, the same report once.
INSERT INTO letter_attempts (letter_id, fence, phase, text, at, report)
SELECT letter_id, fence, ?1, ?2, ?3, ?4
FROM letters
WHERE letter_id = ?5
    AND state IN (SELECT value FROM json_each(?6))
ON CONFLICT DO NOTHING
