"""What Streamlit leaves out of a page: it says the page's language, and keeps the focus when one field takes another's place."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from builder.messages import Language

_TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
_MANNERS = st.components.v2.component(
    "layerlab_manners", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def manners(language: Language) -> None:
    """Make the page behave; nothing of it is seen."""
    _MANNERS(key="manners", data={"language": _TAGS[language]}, width="content", height=0)
