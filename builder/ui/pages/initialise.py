"""The page of initialisation: the weights themselves, what becomes of signals, and the same network otherwise."""

from __future__ import annotations

from builder.analysis.signals import rows_for
from builder.core.messages import Message, counted
from builder.network.plan import Plan
from builder.ui.components import sheet
from builder.ui.components.panel import panel, text
from builder.ui.pages import compare, signals, weights
from builder.ui.parts import fields, header, notice
from builder.ui.parts.boundary import boundary
from builder.ui.state import session
from builder.ui.state.plans import planned

VIEW = "look"
FIRST = "weights"
VIEWS = {"weights": Message("Weights"), "signals": Message("Signals"), "compare": Message("Compare")}


@boundary()
def page() -> None:
    """The bar, what is looked at, and one of the views."""
    experiment = session.experiment()
    plan = planned(experiment.network)
    header.show()
    views = fields.view(VIEW, Message("What to look at"), VIEWS, FIRST)
    panel([views, text(session.say(_looked_at(plan)))], key="look_bar", layout="bar")
    view, rows = session.view(VIEW, FIRST, VIEWS), 0 if plan.problem else rows_for(plan)
    if view == "weights":
        with boundary(sheet.box("initial_weights", "card")):
            weights.show(plan, experiment)
    elif not plan.problem and not plan.steps:
        notice.show(notice.NOTHING)
    elif not rows:
        notice.show(notice.why_not(plan, 1, graded=True))
    elif view == "signals":
        with boundary():
            signals.show(plan, rows, experiment.batch.seed)
    else:
        with boundary():
            compare.show(plan, rows, experiment)


def _looked_at(plan: Plan) -> Message:
    parameters = counted("{n} parameter", "{n} parameters", n=plan.count)
    layers = counted("{n} layer", "{n} layers", n=len(plan.steps))
    return Message(
        "Your network: {layers}, {parameters}, weights drawn with seed {seed}.",
        layers=layers,
        parameters=parameters,
        seed=str(plan.spec.seed),
    )
