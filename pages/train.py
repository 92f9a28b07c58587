"""The page on which the network learns."""

from builder.ui.pages import train

train.page()
