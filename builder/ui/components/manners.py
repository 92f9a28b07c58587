"""What Streamlit leaves out of a page: it says the page's language."""

from __future__ import annotations

import streamlit as st

from builder.messages import Language
from builder.ui.components import assets

TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
_MANNERS = st.components.v2.component("layerlab_manners", js=assets.loader("manners"))


def manners(language: Language) -> None:
    """Say that the page is in `language`; nothing of it is seen."""
    _MANNERS(key="manners", data={"language": TAGS[language]}, width="content", height=0)
