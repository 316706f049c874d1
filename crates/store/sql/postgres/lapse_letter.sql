-- Takes a letter from the worker whose lease has lapsed, under the fence and from the
-- state that were seen.
UPDATE letters
SET state = $1::text, next_at = coalesce($2::bigint, next_at), lease_until = NULL
WHERE letter_id = $3::uuid
    AND fence = $4::bigint
    AND state = $7::text
    AND state IN ('leased', 'handing_over')
    AND (lease_until <= coalesce($5::bigint, now_micros())
        OR lease_until > coalesce($5::bigint, now_micros()) + $6::bigint)
