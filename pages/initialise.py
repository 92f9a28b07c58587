"""What initialisation and activation do to the network that is being built."""

from builder.ui.pages import initialise

initialise.page()
