"""Layerlab with a fault: what explains the selected layer fails for one that is called `broken`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from builder.ui.components import assets
from builder.ui.parts import inspector

_explained = inspector._explained


def _faulty(plan, path, layer):  # type: ignore[no-untyped-def]
    if layer.name == "broken":
        raise KeyError(path)
    return _explained(plan, path, layer)


inspector._explained = _faulty
parts = Mount(f"/{assets.ADDRESS}", StaticFiles(directory=assets.FOLDER))
app = st.App(Path(__file__).parents[2] / "builder" / "main.py", routes=[parts])
