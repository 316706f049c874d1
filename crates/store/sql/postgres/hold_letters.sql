-- Holds the letters that wait and whose instant or day lies before another one.
UPDATE letters
SET state = 'held', lease_by = NULL, lease_until = NULL, smtp_code = NULL, smtp_text = $1::text
WHERE state IN ('ready', 'leased', 'handing_over', 'in_doubt', 'deferred')
    AND (next_at < $2::bigint OR local_day < $3::text)
