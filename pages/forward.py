"""The page that walks one row through the network, step by step."""

from builder.ui.pages import forward

forward.page()
