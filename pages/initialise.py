"""Scratch."""

import streamlit as st

from builder.plan import make_plan
from builder.ui import header, session, weights

header.show()
with st.container(border=True, key="initial_weights"):
    weights.show(make_plan(session.experiment().network), session.experiment())
