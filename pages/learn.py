"""The lesson page: the tutorial, step by step, on the network that is being built."""

from builder.ui.pages import learn

learn.page()
