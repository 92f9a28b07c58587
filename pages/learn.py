"""The lesson page: the tutorial, step by step, on the network that is being built."""

from builder.ui import learn

learn.page()
