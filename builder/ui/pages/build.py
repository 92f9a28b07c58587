"""The main page: what stands where."""

from __future__ import annotations

from builder.ui.components import sheet
from builder.ui.parts import header, hints, numbers, softmax, workbench
from builder.ui.parts.boundary import boundary, part
from builder.ui.state import session
from builder.ui.state.plans import planned


@boundary()
def page() -> None:
    """One screen: list, drawing, totals, numbers and softmax, at their side the selected layer and what to know of the network."""
    plan = planned(session.network())
    header.show()
    main, side = sheet.columns(77, 23)
    side = side.box("side")
    with main:
        layers, drawing = sheet.columns(36, 64)
        workbench.show(plan, layers=layers, drawing=drawing, selected=side)
        part(sheet.box("totals"), numbers.totals, plan)
        left, right = sheet.columns(1, 1)
    part(left.box("numbers", "card"), numbers.show, plan)
    part(right.box("softmax", "card"), softmax.show, plan)
    part(side.box("advice"), hints.show, plan)
