-- All attempts of a letter, in order.
SELECT letter_id, fence, worker, phase, code, text, at, report
FROM letter_attempts
WHERE letter_id = ?
ORDER BY attempt_no
