-- Letters whose text holds a word, wherever a line of it was broken.
SELECT letter_id, bytes, state
FROM letters
WHERE strpos(replace(encode(bytes, 'escape'), E'=\r\n', ''), $1::text) > 0
