-- Letters whose text holds a word, wherever a line of it was broken.
SELECT letter_id, bytes, state
FROM letters
WHERE instr(replace(CAST(bytes AS TEXT), '=' || char(13, 10), ''), ?) > 0
