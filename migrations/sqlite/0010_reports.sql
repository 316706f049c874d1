-- What mail servers report of letters later, each report once.

ALTER TABLE letter_attempts ADD COLUMN report BLOB CHECK (report IS NULL OR length(report) = 32);

CREATE UNIQUE INDEX letter_attempts_of_report ON letter_attempts (report) WHERE report IS NOT NULL;
