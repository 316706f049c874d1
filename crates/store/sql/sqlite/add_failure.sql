-- Notes that a stream could not be folded; a second time counts the try.
INSERT INTO projection_failures (what, stream, position, tries, error, failed_at)
VALUES (?, ?, ?, 1, ?, ?)
ON CONFLICT (what, stream) DO UPDATE
SET position = excluded.position, tries = tries + 1, error = excluded.error,
    failed_at = excluded.failed_at, resolution = NULL
