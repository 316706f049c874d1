-- Streams in quarantine, first the ones that are still there.
SELECT what, stream, position, tries, error, failed_at, resolution
FROM projection_failures
ORDER BY resolution IS NOT NULL, what, stream
