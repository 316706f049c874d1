-- Notes why letters that wait are cancelled.
INSERT INTO letter_attempts (letter_id, fence, worker, phase, text, at)
SELECT letter_id, fence, NULL, 'cancelled', $1::text, $2::bigint
FROM letters
WHERE letter_id = ANY (ARRAY(
        SELECT value::uuid
        FROM jsonb_array_elements_text($3::text::jsonb) AS value))
    AND state NOT IN ('sent', 'cancelled', 'leased', 'handing_over')
