"""What a teacher would say of the network, each with the click that mends it and the click that shows it."""

from __future__ import annotations

import streamlit as st

from builder.advice import Advice, advise
from builder.experiment import Batch
from builder.messages import Message, counted
from builder.plan import Plan
from builder.ui import numbers, session, softmax
from builder.ui.components.buttons import Button, buttons
from builder.ui.markup import text

SHOWN = 3  # at once; the most serious come first


def show(plan: Plan, batch: Batch) -> None:
    """A panel below the inspector, if there is anything to say."""
    said = advise(plan, batch.rows)
    if not said:
        return
    with st.container(border=True, key="hints"):
        for number, advice in enumerate(said[:SHOWN]):
            _hint(number, advice)
        if len(said) > SHOWN:
            more = counted("… and {n} more hint", "… and {n} more hints", n=len(said) - SHOWN)
            st.html(text("p", session.say(more), "small"))


def _hint(number: int, advice: Advice) -> None:
    stops = advice.problem and advice.paths  # an empty network is no mistake yet
    role = "alert" if stops else "status"
    st.html(text("p", session.say(advice.message), "refusal" if stops else "hint", role=role))
    offered = []
    if advice.mend_label is not None:
        offered.append(Button("mend", session.say(advice.mend_label), lambda: _mend(advice)))
    if advice.paths:
        offered.append(Button("show", session.say(Message("Show")), lambda: _lead(advice)))
    if offered:
        buttons(offered, key=f"hint_{number}", small=True)


def _mend(advice: Advice) -> None:
    mend = advice.mend
    if mend is not None:
        session.edit(lambda e: e.with_network(mend(e.network)))


def _lead(advice: Advice) -> None:
    """Select what the hint is about, and open the view in which it can be seen."""
    session.select(advice.paths[0])
    match advice.view:
        case "module":
            session.choose(numbers.VIEW, "module")
        case "numbers":
            session.choose(numbers.VIEW, "parameters")
        case "softmax":
            session.choose(softmax.WITH_SCORES, True)
