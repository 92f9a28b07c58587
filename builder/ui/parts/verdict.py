"""The verdict on signals in words: vanishing, steady or exploding, by which numbers and by which rule, and the click that mends it."""

from __future__ import annotations

from math import isfinite

from builder.analysis.signals import Signals
from builder.analysis.verdict import LIMIT, Propagation, Regime, ThroughTime, Verdict
from builder.core.messages import Message
from builder.core.numerals import brief
from builder.layers.shapes import TokenShape
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.ui.components import sheet
from builder.ui.components.panel import Item, button, heading, panel, text
from builder.ui.parts.markup import text as html
from builder.ui.state import cached, session

REGIMES: dict[Regime, Message] = {
    "vanishing": Message("Vanishing"),
    "steady": Message("Steady"),
    "exploding": Message("Exploding"),
}
SIGNS: dict[Regime, str] = {"vanishing": "▼", "steady": "✓", "exploding": "▲"}


def show(verdict: Verdict | None, signals: Signals) -> None:
    """A panel with the regime and the numbers behind it."""
    if verdict is None:
        nothing = Message("No layer here has weights, so there is no verdict. Add a dense layer.")
        panel([text(session.say(nothing))], key="verdict_panel")
        return
    items = [
        heading(f"{SIGNS[verdict.regime]} {session.say(REGIMES[verdict.regime])}"),
        *_propagations(verdict, _start(signals)),
    ]
    if verdict.alike:
        alike = Message("The rows come out nearly alike: what leaves the last layer hardly depends on the input.")
        items.append(text(session.say(alike), "hint", "status"))
    panel(items, key="verdict_panel")


def rule(plan: Plan, signals: Signals) -> None:
    """By which rule it is judged, and how it was measured."""
    rule = Message(
        "Rule: one learning rate serves all layers, so up to {limit} times more or less at the other end is steady; less than "
        "that is vanishing, more is exploding. For the gradient it is the length of a row's that counts, since a wide layer "
        "shares it among more neurons.",
        limit=LIMIT,
    )
    measured = Message(
        "Measured over {n} rows drawn from N(0, 1). The gradient is that of the logits times random numbers from N(0, 1), so "
        "it starts out with variance 1. The network runs as in training, and nothing in it is changed: BatchNorm takes mean and "
        "variance of these rows, and dropout sets numbers to zero. A layer with a normalization right behind it is judged behind that.",
        n=signals.rows,
    )
    if isinstance(plan.input_shape, TokenShape):
        measured = Message(
            "Measured over {n} rows of random words, which have no size and no gradient themselves. The gradient is that of the "
            "logits times random numbers from N(0, 1). The network runs as in training, and nothing in it is changed: BatchNorm takes "
            "mean and variance of these rows, and dropout sets numbers to zero. A layer with a normalization right behind it is judged "
            "behind that.",
            n=signals.rows,
        )
    sheet.html("".join(html("p", session.say(message), "small") for message in (rule, measured)))


def _propagations(verdict: Verdict, start: str) -> list[Item]:
    forward, backward = verdict.forward, verdict.backward
    there = Message(
        "Signal: standard deviation {start} at the start ({first}), {end} behind {layers}, the last layer with weights: {change}",
        start=size(forward.start),
        first=start,
        end=size(forward.end),
        layers=verdict.last,
        change=_change(forward, verdict),
    )
    back = Message(
        "Gradient: length {start} there, {end} back at {layers}, the first: {change}",
        start=size(backward.start),
        end=size(backward.end),
        layers=verdict.first,
        change=_change(backward, verdict),
    )
    told = [(there, forward), (back, backward)]
    if verdict.through_time:
        told.append((_through_time(verdict.through_time), verdict.through_time.backward))
    return [text(session.say(message), _css(one)) for message, one in told]


def _through_time(found: ThroughTime) -> Message:
    forward, backward = found.forward, found.backward
    if forward.regime != "steady":
        return Message(
            "Through time, in {name}: the state has standard deviation {start} at the first step and {end} at the last.",
            name=found.path,
            start=size(forward.start),
            end=size(forward.end),
        )
    return Message(
        "Through time, in {name}: the gradient of the last state has length {start} at the last step and {end} at the first, "
        "{n} steps before.",
        name=found.path,
        start=size(backward.start),
        end=size(backward.end),
        n=backward.layers,
    )


def size(value: float) -> str:
    """A size in a few digits; what float32 can't hold is ∞, whatever torch made of it."""
    return brief(value) if isfinite(value) else "∞"


def _change(signal: Propagation, verdict: Verdict) -> Message:
    if not isfinite(signal.factor):
        return Message("too large for float32.")
    if signal.layers < 2 or not verdict.chain:
        return Message("× {factor}.", factor=brief(signal.factor))
    return Message(
        "× {factor}, on average × {each} in each of {n} layers.",
        factor=brief(signal.factor),
        each=brief(signal.per_layer),
        n=signal.layers,
    )


def _css(signal: Propagation) -> str:
    return "small" if signal.regime == "steady" else "notice"


def mend(plan: Plan, seed: int) -> Item:
    """The click that makes `plan` steady, or that nothing usual does."""
    if (fix := cached.fix(plan, seed)) is None:
        helpless = Message(
            "None of the usual weights makes this network steady, not with ReLU either. Try fewer layers, or wider ones."
        )
        if any(step.layer.family == "recurrent" for step in plan.steps):
            helpless = Message(
                "None of the usual weights makes this network steady: a recurrent layer starts out forgetting what is many steps "
                "back. Try fewer steps, or attention, which looks at each step directly."
            )
        return text(session.say(helpless), "hint")
    return button(
        "fix", session.say(fix.label), lambda: session.edit(lambda e: e.with_network(fix.mend(e.network))), main=True
    )


def _start(signals: Signals) -> str:
    first = signals.layers[0].path
    return first if first != INPUT else session.say(Message("input"))
