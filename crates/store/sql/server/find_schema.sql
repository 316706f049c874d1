-- Whether the database was prepared for a store.
SELECT to_regclass('spor.migrations') IS NOT NULL
