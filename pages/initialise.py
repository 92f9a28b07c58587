"""What initialisation and activation do to the network that is being built."""

from builder.ui import initialise

initialise.page()
