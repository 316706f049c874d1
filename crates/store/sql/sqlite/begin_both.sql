-- Takes the write lock at once, for an append with changes around the log.
BEGIN IMMEDIATE
