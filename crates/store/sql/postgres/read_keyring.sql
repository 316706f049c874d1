-- The store that the keyring belongs to.
SELECT store_id
FROM spor_keys.keyring
