-- What mail servers report of letters later, each report once.

ALTER TABLE spor.letter_attempts
ADD COLUMN report bytea CHECK (report IS NULL OR length(report) = 32);

CREATE UNIQUE INDEX letter_attempts_of_report ON spor.letter_attempts (report)
WHERE report IS NOT NULL;
