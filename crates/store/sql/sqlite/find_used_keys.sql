-- Which of these keys seal anything.
SELECT DISTINCT key_id
FROM sealed_parts
WHERE key_id IN (SELECT unhex(value) FROM json_each(?))
