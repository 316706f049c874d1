-- Notes what is done with the store as a whole.
INSERT INTO custody (act, position, begun_at, finished_at, hold_before)
VALUES (?, ?, ?, ?, ?)
