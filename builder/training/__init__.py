"""A network learns: data, settings, whether they fit, the loop, what is seen of it, and the script that does the very same."""
