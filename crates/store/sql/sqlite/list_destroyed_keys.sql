-- Which of these keys were destroyed.
SELECT key_id
FROM destroyed_keys
WHERE key_id IN (SELECT unhex(value) FROM json_each(?))
