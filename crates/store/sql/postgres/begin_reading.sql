-- All that follows sees one state of the store.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
