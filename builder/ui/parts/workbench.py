"""The list of layers, the drawing and the selected layer: where a network is built, on whichever page."""

from __future__ import annotations

from builder.network.plan import Plan
from builder.ui.components.sheet import Node
from builder.ui.parts import editor, inspector, network
from builder.ui.parts.boundary import part


def show(plan: Plan, *, layers: Node, drawing: Node, selected: Node) -> None:
    """All three, each in its place."""
    part(layers.box("layers", "card"), editor.show, plan)
    part(drawing.box("drawing", "card"), network.show, plan)
    part(selected.box("inspector", "card"), inspector.show, plan)
