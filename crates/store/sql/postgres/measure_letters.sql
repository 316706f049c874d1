-- The letters of each state: how many, their earliest instant, their earliest day. The condition
-- chooses the index that was made for this.
SELECT state, count(*), min(next_at), min(local_day)
FROM letters
WHERE letter_no > 0
GROUP BY state
