"""One module a page, or a view of one; each is a table of contents of parts."""
