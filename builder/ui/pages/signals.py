"""Signals through depth: the verdict with its mend, the sizes of signal and gradient, and what single layers give."""

from __future__ import annotations

from collections.abc import Sequence

from builder.analysis.signals import FLAT, Band, LayerSignals, Signals, Sizes, band
from builder.analysis.verdict import judge
from builder.charts.signals import Line, courses, densities, histograms, off_scale
from builder.core.messages import Message
from builder.core.numerals import brief
from builder.core.palette import CLASS_COLORS
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.ui.components import sheet
from builder.ui.components.panel import choice, heading, panel, space
from builder.ui.parts import fields, progress
from builder.ui.parts import verdict as told
from builder.ui.parts.boundary import boundary
from builder.ui.parts.markup import table
from builder.ui.parts.markup import text as html
from builder.ui.state import cached, session

FORWARD, BETWEEN, BACKWARD, LENGTH = "#0072b2", "#009e73", "#d55e00", "#cc79a7"
EDGES = Message("▼ is zero, ▲ is too large for float32: neither has a place on this axis.")
SEEDS, COPY = "seeds", "copy"  # views; the second, as on the page Forward, says which copy of a repeated layer is meant
COUNTS = {"1": Message("this seed"), "20": Message("20 seeds"), "100": Message("100 seeds")}
TALL, LOW, SMALL = 320, 215, 140
MOST_STEPS = 100  # of a sequence that the picture shows, about


def show(plan: Plan, rows: int, seed: int) -> None:
    """The verdict and one layer at the left, all layers at the right, and their numbers below."""
    signals = cached.propagated(plan, rows, seed)
    left, right = sheet.columns(29, 71)
    verdict = judge(plan, signals)
    with boundary(left.box("verdict", "card")):
        told.show(verdict, signals)
        mend = sheet.box()
        told.rule(plan, signals)
    with boundary(left.box("one_layer", "card")):
        _one_layer(signals)
    with right.box("courses", "card"):
        head = heading(session.say(Message("Size of signal and gradient, layer by layer")))
        over = fields.view(SEEDS, Message("Seeds of the weights"), COUNTS, "1")
        panel([head, space(), over], key="seeds_bar", layout="bar")
        place = sheet.box("courses_place")
    if signals.recurrences:
        with boundary(right.box("through_time", "card")):
            _steps(signals)
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
            panel([told.mend(plan, seed)], key="mend")
    if count > 1:
        many = cached.seeds(plan, rows, seed, count)
        progress.follow(many, "seeds_work", place, lambda found: _courses(signals, found))


def _courses(signals: Signals, found: Sequence[Sizes]) -> None:
    back = [layer.backward for layer in signals.layers if layer.backward]
    ahead = [layer.forward for layer in signals.layers]
    forward, backward = bands(found)
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


def bands(found: Sequence[Sizes]) -> tuple[Band | None, Band | None]:
    """Those of signal and gradient over the seeds in `found`; None without any."""
    if not found:
        return None, None
    return band([each.forward for each in found]), band([each.backward for each in found])


def _steps(signals: Signals) -> None:
    """The picture over the steps of a sequence: a line a recurrent layer."""
    shown = signals.recurrences[: len(CLASS_COLORS)]
    length = max(len(each.forward) for each in shown)
    every = range(0, length, max(1, length // MOST_STEPS))
    lines: list[Line] = []
    for each, color in zip(shown, CLASS_COLORS, strict=False):
        forward, backward = ([values[n] for n in every if n < len(values)] for values in (each.forward, each.backward))
        lines += [Line(each.path, color, forward), Line(each.path, color, backward, panel=1, listed=False)]
    titles = [
        session.say(Message("Through time: standard deviation of the state →")),
        session.say(Message("← Gradient of the last state, by step")),
    ]
    names = [session.say(Message("step {n}", n=n + 1)) for n in every]
    sheet.chart("steps_chart", courses(lines, titles, names, LOW))
    if any(off_scale(line.values) for line in lines):
        sheet.html(html("p", session.say(EDGES), "small"))


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
