"""The main page: click a network together and see all that follows from it."""

from builder.ui.pages import build

build.page()
