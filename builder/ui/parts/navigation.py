"""The pages of the app, as Streamlit is told of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from builder.core.messages import Message
from builder.ui.state import session
from builder.ui.state.remembered import remembered

FIRST = "build"
PAGES = {
    FIRST: Message("Build"),
    "initialise": Message("Initialise"),
    "forward": Message("Forward"),
    "train": Message("Train"),
    "learn": Message("Learn"),
}  # by the name of the file in pages/; the address, too, but of the first
_FOLDER = Path(__file__).resolve().parents[3] / "pages"


def pages() -> dict[str, StreamlitPage]:
    """The pages by their names, each with its title in the visitor's language."""
    return remembered("pages", _pages)


def _pages() -> dict[str, StreamlitPage]:
    return {
        name: st.Page(_FOLDER / f"{name}.py", title=session.say(title), url_path=name, default=name == FIRST)
        for name, title in PAGES.items()
    }
