"""What a visit remembers between two runs of the page, and what all visits share: the session, caches, long work."""
