"""The list of layers, the drawing and the selected layer: where a network is built, on whichever page."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit.delta_generator import DeltaGenerator

from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.ui.parts import editor, inspector, network
from builder.ui.parts.boundary import boundary


@dataclass(frozen=True)
class Workbench:
    """The places of the three, which a gesture in any of them changes at once."""

    layers: DeltaGenerator
    drawing: DeltaGenerator
    inspector: DeltaGenerator

    def show(self, plan: Plan, batch: Batch) -> None:
        """Draw all three."""
        with boundary(self.inspector):
            inspector.show(plan)
        with boundary(self.layers):
            editor.show(plan)
        with boundary(self.drawing):
            network.show(plan, batch)
