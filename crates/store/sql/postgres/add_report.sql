-- Notes the report of a mail server about a letter in one of these states, the same report once.
INSERT INTO letter_attempts (letter_id, fence, phase, text, at, report)
SELECT letter_id, fence, $1::text, $2::text, $3::bigint, $4::bytea
FROM letters
WHERE letter_id = $5::uuid
    AND state = ANY (ARRAY(SELECT jsonb_array_elements_text($6::text::jsonb)))
FOR UPDATE
ON CONFLICT DO NOTHING
