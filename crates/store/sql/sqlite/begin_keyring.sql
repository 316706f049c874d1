-- Takes the keyring's write lock: two processes may want to make the same key.
BEGIN IMMEDIATE
