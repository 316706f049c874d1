-- Moves everything into the main file and empties the write-ahead log.
PRAGMA wal_checkpoint(TRUNCATE)
