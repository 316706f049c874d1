-- Whether there is a letter of this id.
SELECT 1
FROM letters
WHERE letter_id = ?
