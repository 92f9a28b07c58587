"""Layerlab with a fault: what explains the selected layer fails for one that is called `broken`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import routes
from builder.ui.parts import inspector

_explained = inspector._explained


def _faulty(plan, path, layer):  # type: ignore[no-untyped-def]
    if layer.name == "broken":
        raise KeyError(path)
    return _explained(plan, path, layer)


inspector._explained = _faulty
app = st.App(Path(__file__).parents[2] / "builder" / "main.py", routes=routes)
