-- The letters that some people have for a slot of a day, and whether each is one that counts: a
-- letter that was taken back before any relay heard of it, with all that was in it, does not.
SELECT recipient, part,
    (state <> 'cancelled' OR handed_over_at IS NOT NULL OR EXISTS (
        SELECT 1
        FROM reminders
        WHERE reminders.letter_id = letters.letter_id
            AND reminders.state = 'composed'))::int::bigint
FROM letters
WHERE recipient = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
    AND local_day = $2::text
    AND slot = $3::text
ORDER BY recipient, part
