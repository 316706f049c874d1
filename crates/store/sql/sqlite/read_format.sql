-- The format of the store: the number of the last migration it had.
PRAGMA user_version
