-- All that follows sees one state of the store.
BEGIN
