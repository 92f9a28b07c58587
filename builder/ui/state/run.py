"""How a run of the script begins and ends: the link is read first and written last."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from builder.core.messages import Language
from builder.ui.state import link, session


def start() -> None:
    """The first act of every run: take up the link on the first visit, and when the browser went back to another."""
    asked = st.query_params.to_dict()
    # A click may interrupt the very first run before it publishes a link of its own: the visit is there from its first line on.
    visit = session.arrive(lambda: link.first_visit(asked, _browser_language()))
    if _went_back() and asked != visit.published:
        link.take_up(visit, dict(asked.items() - visit.published.items()))


def _went_back() -> bool:
    """Did the browser's back or forward button lead to this run? Else its link may lag behind the page: clicks are faster."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _browser_language() -> Language:
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def publish() -> None:
    """The last act of every run: the link says what the page shows, or leaves out a network that no link carries."""
    visit = session.visit()
    shown = link.carried(link.of(visit))
    before, visit.published = visit.published, shown
    visit.shown_refusals = visit.refusals
    # What the browser last said may be older than what it was last told.
    if not before == shown == st.query_params.to_dict():
        st.query_params.from_dict(shown)
