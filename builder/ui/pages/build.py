"""The main page: what stands where."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from builder.ui.parts import header, hints, numbers, softmax
from builder.ui.parts.boundary import boundary
from builder.ui.parts.workbench import Workbench
from builder.ui.state import run, session
from builder.ui.state.plans import planned


@boundary()
def page() -> None:
    """One screen: list, drawing, totals, numbers and softmax, at their side the selected layer and what to know of the network."""
    experiment = session.experiment()
    plan = planned(experiment.network)
    live = plan.fits_budget(experiment.batch.rows)
    header.show()
    main, side = st.columns([77, 23])
    with main:
        left, right = st.columns([36, 64])
        layers, drawing = left.container(border=True, key="layers"), right.container(border=True, key="drawing")
        totals = st.container(key="totals")
        numbers_place, softmax_place = st.columns(2)
    with side.container(key="side"):
        selected, advice = st.container(border=True, key="inspector"), st.container()
    _work(Workbench(layers, drawing, selected), totals, advice, run.FragmentState())
    with boundary(numbers_place.container(border=True, key="numbers")):
        numbers.show(plan, experiment, live=live)
    with boundary(softmax_place.container(border=True, key="softmax")):
        softmax.show(plan, experiment, live=live)


@st.fragment
def _work(bench: Workbench, totals: DeltaGenerator, advice: DeltaGenerator, fragment: run.FragmentState) -> None:
    """Draw what a gesture changes at once. After one in it only this is run, and all the rest only if that must follow."""
    with boundary():
        experiment = session.experiment()
        plan = planned(experiment.network)
        bench.show(plan, experiment.batch)
        with boundary(totals):
            numbers.totals(plan, experiment.batch)
        with boundary(advice):
            hints.show(plan, experiment.batch)
    run.finish(fragment, session.views(), numbers.selection())
