-- The letters that some people have for a slot of a day, and whether each is one that counts: a
-- letter that was taken back before any relay heard of it, with all that was in it, does not.
SELECT recipient, part,
    state <> 'cancelled' OR handed_over_at IS NOT NULL OR EXISTS (
        SELECT 1
        FROM reminders
        WHERE reminders.letter_id = letters.letter_id
            AND reminders.state = 'composed')
FROM letters
WHERE recipient IN (SELECT value FROM json_each(?1))
    AND local_day = ?2
    AND slot = ?3
ORDER BY recipient, part
