-- Takes the write lock at once: a read that becomes a write would fail, not wait.
BEGIN IMMEDIATE
