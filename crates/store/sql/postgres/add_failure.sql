-- Notes that a stream could not be folded; a second time counts the try.
INSERT INTO projection_failures (what, stream, position, tries, error, failed_at)
VALUES ($1::text, $2::text, $3::bigint, 1, $4::text, $5::bigint)
ON CONFLICT (what, stream) DO UPDATE
SET position = excluded.position, tries = projection_failures.tries + 1, error = excluded.error,
    failed_at = excluded.failed_at, resolution = NULL
