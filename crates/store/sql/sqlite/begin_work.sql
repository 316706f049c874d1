-- Takes the write lock at once, for work around the log.
BEGIN IMMEDIATE
