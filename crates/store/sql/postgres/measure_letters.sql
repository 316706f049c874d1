-- The letters of each state: how many, their earliest instant, their earliest day.
SELECT state, count(*), min(next_at), min(local_day)
FROM letters
GROUP BY state
