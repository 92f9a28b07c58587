"""Numbers and judgements about a network, each a value with its arithmetic; sentences and mends, never a page."""
