-- Writes the whole file anew: what was deleted stays in no corner of a page.
VACUUM
