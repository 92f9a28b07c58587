"""Networks from the literature, built from the kinds of layers alone; their counts are those that were published."""
