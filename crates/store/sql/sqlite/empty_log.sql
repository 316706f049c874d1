-- Empties the write-ahead log; answers 0 unless a reader keeps it.
PRAGMA wal_checkpoint(TRUNCATE)
