"""The main page: what stands where."""

from __future__ import annotations

import streamlit as st

from builder.plan import make_plan
from builder.ui import editor, header, hints, inspector, network, numbers, session, softmax


def page() -> None:
    """One screen: list, drawing, totals, numbers and softmax, at their side the selected layer and what to know of the network."""
    experiment = session.experiment()
    batch = experiment.batch
    plan = make_plan(experiment.network)
    live = plan.lives(batch.rows)
    header.show()
    main, side = st.columns([77, 23])
    with main:
        left, right = st.columns([36, 64])
        with left.container(border=True, key="layers"):
            editor.show(plan)
        with right.container(border=True, key="drawing"):
            network.show(plan, batch)
        numbers.totals(plan, batch)
        left, right = st.columns(2)
        with left.container(border=True, key="numbers"):
            numbers.show(plan, experiment, live=live)
        with right.container(border=True, key="softmax"):
            softmax.show(plan, experiment, live=live)
    with side.container(key="side"):
        with st.container(border=True, key="inspector"):
            inspector.show(plan)
        hints.show(plan, batch)
