"""How much of the input each layer sees, as a table; and in a sentence of the selected one."""

from __future__ import annotations

from builder.analysis.receptive import arithmetic_text, receptive_fields, size_text
from builder.core.messages import Message
from builder.layers.shapes import format_shape
from builder.network.plan import Plan
from builder.ui.components import sheet
from builder.ui.parts.markup import table, text
from builder.ui.state import session

TITLES = [Message("layer"), Message("output"), Message("sees"), Message("neighbours apart"), Message("arithmetic")]


def show(plan: Plan) -> None:
    """A row for each layer with a window."""
    fields = receptive_fields(plan)
    if not fields:
        nothing = Message("No layer has a window: add a convolution or a pool.")
        sheet.html(text("p", session.say(nothing), "small"))
        return
    rows = [
        [
            step.path,
            format_shape(step.output_shape),
            size_text(axes),
            " × ".join(f"{axis.jump:,}" for axis in axes),
            arithmetic_text(axes),
        ]
        for step in plan.steps
        if (axes := fields.get(step.path))
    ]
    sheet.html(table([session.say(title) for title in TITLES], rows, css="breakdown"))
    said = Message(
        "How many positions of the input one number sees: what was seen before + (window − 1) × how far neighbours were apart. "
        "A stride moves the neighbours apart; a dilated window is as wide as it spans. Of a repeated layer the last copy is shown."
    )
    sheet.html(text("p", session.say(said), "small"))


def sentence(plan: Plan, path: str) -> str:
    """What a number of the layer at `path` sees of the input; empty where it has no window of its own."""
    axes = receptive_fields(plan).get(path)
    if not axes:
        return ""
    return session.say(
        Message("Sees {size} of the input: {arithmetic}", size=size_text(axes), arithmetic=arithmetic_text(axes))
    )
