"""Signals through depth: the verdict with its mend, the sizes of signal and gradient, and what single layers give."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from builder.analysis.signals import FLAT, Band, LayerSignals, Signals, Sizes, band
from builder.analysis.verdict import LIMIT, Propagation, Regime, Verdict, judge
from builder.charts.signals import Line, courses, densities, histograms, off_scale
from builder.core.messages import Message
from builder.core.numerals import brief
from builder.layers.shapes import TokenShape
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.ui.components import sheet
from builder.ui.components.panel import Item, button, choice, heading, panel, space, text
from builder.ui.parts import fields, progress
from builder.ui.parts.boundary import boundary
from builder.ui.parts.markup import table
from builder.ui.parts.markup import text as html
from builder.ui.state import cached, session

FORWARD, BETWEEN, BACKWARD, LENGTH = "#0072b2", "#009e73", "#d55e00", "#cc79a7"
REGIMES: dict[Regime, Message] = {
    "vanishing": Message("Vanishing"),
    "steady": Message("Steady"),
    "exploding": Message("Exploding"),
}
EDGES = Message("▼ is zero, ▲ is too large for float32: neither has a place on this axis.")
SIGNS: dict[Regime, str] = {"vanishing": "▼", "steady": "✓", "exploding": "▲"}
SEEDS, COPY = "seeds", "copy"  # views; the second, as on the page Forward, says which copy of a repeated layer is meant
COUNTS = {"1": Message("this seed"), "20": Message("20 seeds"), "100": Message("100 seeds")}
TALL, LOW, SMALL = 320, 215, 140


def show(plan: Plan, rows: int, seed: int) -> None:
    """The verdict and one layer at the left, all layers at the right, and their numbers below."""
    signals = cached.propagated(plan, rows, seed)
    left, right = sheet.columns(29, 71)
    verdict = judge(plan, signals)
    with boundary(left.box("verdict", "card")):
        _verdict(verdict, signals)
        mend = sheet.box()
        _rule(plan, signals)
    with boundary(left.box("one_layer", "card")):
        _one_layer(signals)
    with right.box("courses", "card"):
        head = heading(session.say(Message("Size of signal and gradient, layer by layer")))
        over = fields.view(SEEDS, Message("Seeds of the weights"), COUNTS, "1")
        panel([head, space(), over], key="seeds_bar", layout="bar")
        place = sheet.box("courses_place")
    with boundary(right.box("densities", "card")):
        _densities(signals)
    with boundary(sheet.details("numbers_of_signals", session.say(Message("The numbers")))):
        sheet.html(_numbers(signals))
    count = int(session.view(SEEDS, "1", COUNTS))
    if count == 1:
        with boundary(place):
            _courses(signals, [])
    if verdict and verdict.regime != "steady":
        with boundary(mend):  # only now: what would help is tried out, which takes a deep network seconds
            panel([_mend(plan, seed)], key="mend")
    if count > 1:
        many = cached.seeds(plan, rows, seed, count)
        progress.follow(many, "seeds_work", place, lambda found: _courses(signals, found))


def _verdict(verdict: Verdict | None, signals: Signals) -> None:
    if verdict is None:
        nothing = Message(
            "No layer here has weights, dense or convolutional, so there is no verdict. Add a dense layer."
        )
        panel([text(session.say(nothing))], key="verdict_panel")
        return
    items = [
        heading(f"{SIGNS[verdict.regime]} {session.say(REGIMES[verdict.regime])}"),
        *_propagations(verdict, _name(signals.layers[0])),
    ]
    if verdict.alike:
        alike = Message("The rows come out nearly alike: what leaves the last layer hardly depends on the input.")
        items.append(text(session.say(alike), "hint", "status"))
    panel(items, key="verdict_panel")


def _rule(plan: Plan, signals: Signals) -> None:
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
    return [text(session.say(message), _css(one)) for message, one in ((there, forward), (back, backward))]


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


def _mend(plan: Plan, seed: int) -> Item:
    if (fix := cached.fix(plan, seed)) is None:
        helpless = Message(
            "None of the usual weights makes this network steady, not with ReLU either. Try fewer layers, or wider ones."
        )
        return text(session.say(helpless), "hint")
    return button(
        "fix", session.say(fix.label), lambda: session.edit(lambda e: e.with_network(fix.mend(e.network))), main=True
    )


def _courses(signals: Signals, found: Sequence[Sizes]) -> None:
    back = [layer.backward for layer in signals.layers if layer.backward]
    ahead = [layer.forward for layer in signals.layers]
    forward, backward = _bands(found)
    lines = [
        Line(session.say(Message("standard deviation")), FORWARD, [each.std for each in ahead], band=forward),
        Line(session.say(Message("… between the rows")), BETWEEN, [each.between for each in ahead], dash="dot"),
        Line(session.say(Message("… of the gradient")), BACKWARD, [each.std for each in back], panel=1, band=backward),
        Line(
            session.say(Message("length of a row's gradient")),
            LENGTH,
            [each.length for each in back],
            panel=1,
            dash="dot",
        ),
    ]
    titles = [
        session.say(Message("Forward: what leaves each layer →")),
        session.say(Message("← Backward: the gradient that comes back")),
    ]
    figure = courses(lines, titles, [_name(layer) for layer in signals.layers], TALL)
    sheet.chart("courses_chart", figure)
    if any(off_scale(line.values) for line in lines):
        sheet.html(html("p", session.say(EDGES), "small"))
    if found:
        said = Message(
            "Line: the network's own seed. Band: from the least to the greatest over {n} seeds of the weights, each network "
            "built anew; the rows stay the same.",
            n=len(found),
        )
        sheet.html(html("p", session.say(said), "small"))


def _bands(found: Sequence[Sizes]) -> tuple[Band | None, Band | None]:
    if not found:
        return None, None
    return band([each.forward for each in found]), band([each.backward for each in found])


def _densities(signals: Signals) -> None:
    back = [layer.backward.common for layer in signals.layers if layer.backward]
    panels = [
        (
            session.say(Message("Values that leave each layer")),
            [layer.forward.common for layer in signals.layers],
        ),
        (session.say(Message("Gradients that come back to it")), back),
    ]
    figure = densities(panels, [_name(layer) for layer in signals.layers], LOW)
    sheet.chart("densities_chart", figure)


def _one_layer(signals: Signals) -> None:
    """The histograms of the selected layer, on scales of their own."""
    names = {layer.path: _name(layer) for layer in signals.layers}
    layer = _selected(signals)

    def take(path: str) -> None:
        session.choose(COPY, path if path != signals.at(path).layer_path else "")
        session.select(signals.at(path).layer_path)

    chosen = choice("signals_layer", session.say(Message("Layer")), layer.path, names, take)
    panel([chosen], key="one_layer_bar")
    shown = [(session.say(Message("Values")), layer.forward.own, FORWARD)]
    if layer.backward:
        shown.append((session.say(Message("Gradients")), layer.backward.own, BACKWARD))
    sheet.chart("one_layer_chart", histograms(shown, SMALL))
    sheet.html("".join(html("p", session.say(message), "small") for message in _facts(layer, signals.rows)))


def _selected(signals: Signals) -> LayerSignals:
    """That of the selected layer, of a repeated one the chosen copy or the first; the last if there is none."""
    own = [layer for layer in signals.layers if layer.layer_path == session.selected()]
    chosen = (layer for layer in own if layer.path == session.raw_view(COPY))
    return next(chosen, own[0] if own else signals.layers[-1])


def _facts(layer: LayerSignals, rows: int) -> list[Message]:
    forward = layer.forward
    said = [Message("Mean {mean}, standard deviation {std}.", mean=brief(forward.mean), std=brief(forward.std))]
    if layer.dead is not None:
        said.append(
            Message("Dead: {share} of the units are zero for each of the {n} rows.", share=f"{layer.dead:.1%}", n=rows)
        )
    if layer.saturated is not None:
        said.append(
            Message(
                "Saturated: {share} of the values, where the curve's slope is below {flat} of its steepest.",
                share=f"{layer.saturated:.1%}",
                flat=f"{FLAT:.0%}",
            )
        )
    if forward.finite < 1:
        said.append(
            Message(
                "Not finite: {share} of the values; they are too large for float32.", share=f"{1 - forward.finite:.1%}"
            )
        )
    return said


def _numbers(signals: Signals) -> str:
    head = [
        Message("layer"),
        Message("mean"),
        Message("standard deviation"),
        Message("between the rows"),
        Message("gradient"),
        Message("dead"),
        Message("saturated"),
    ]
    rows = [
        [
            _name(layer),
            brief(layer.forward.mean),
            brief(layer.forward.std),
            brief(layer.forward.between),
            brief(layer.backward.std) if layer.backward else "–",
            "–" if layer.dead is None else f"{layer.dead:.1%}",
            "–" if layer.saturated is None else f"{layer.saturated:.1%}",
        ]
        for layer in signals.layers
    ]
    return table([session.say(title) for title in head], rows, css="signals")


def _name(layer: LayerSignals) -> str:
    return layer.path if layer.path != INPUT else session.say(Message("input"))
