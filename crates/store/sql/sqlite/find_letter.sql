-- The letter with a Message-ID.
SELECT letter_id
FROM letters
WHERE message_id = ?
