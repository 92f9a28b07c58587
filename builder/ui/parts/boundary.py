"""Around every part of a page: one that fails says so in its own place, and the rest is drawn all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from builder.core.messages import Message
from builder.ui.parts.markup import text
from builder.ui.state import faults, session

FAILED = Message(
    "This part of the page failed, which is a fault of Layerlab and not of your network. All the rest works, and nothing that "
    "you built is lost: undo the last step, or look at something else here."
)


@contextmanager
def boundary(place: DeltaGenerator | None = None) -> Iterator[None]:
    """What is inside is drawn, in `place` if there is one; if it fails, one sentence stands there and the log has the traceback.

    It decorates a function as well. What Streamlit ends a run with, a click or a rerun, is no `Exception` and passes.
    """
    with place or nullcontext():
        try:
            yield
        except Exception:
            faults.log("A part")
            st.html(text("p", session.say(FAILED), "refusal", role="alert"))
