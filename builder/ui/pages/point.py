"""What is sent through on the page Forward: a row of the batch or an input of one's own, and the plane on which it can be moved."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from builder.charts.outputs import answers
from builder.core.messages import Message
from builder.core.numerals import brief, exact
from builder.core.options import Refusal
from builder.core.palette import CLASS_COLORS
from builder.layers.shapes import TokenShape, numbers, numel
from builder.network.experiment import Batch
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.runtime.probe import class_axis, draw
from builder.teaching.walkthrough import plane_side, reach_of
from builder.ui.components import panel, sheet
from builder.ui.components.panel import Item, heading, line, text
from builder.ui.components.pictures import Plane, plane
from builder.ui.parts import fields, naming, network
from builder.ui.state import cached, session

OWN = "x"  # the view that holds an input of one's own: its numbers, separated by blanks
ACROSS, UP, CLASS = "across", "up", "class"  # the views that say what the plane shows
SLIDERS = 8  # features that get a slider each; more are typed into one field
CURVES = 10  # classes that have a curve over one input
CHOICES = 100  # classes that the plane can show, one at a time
LIMIT = 1e6  # an input of one's own
TYPED = 784  # numbers of an input that may be typed
LINE_HEIGHT = 300  # px
NOT_FINITE = Message(
    "Some outputs are not finite: the numbers grew too large for float32. They have no colour and no curve."
)
NO_PLANE = Message(
    "The plane of all inputs is drawn for a flat vector that goes through one layer after the other; this network is built otherwise."
)


def chosen(plan: Plan, batch: Batch) -> tuple[Tensor, int]:
    """What is sent through, and which row of it is looked at: an input of one's own is a batch of one row."""
    if (mine := own(plan)) is not None:
        return mine[None], 0
    row = int(session.view(network.ROW, "0", network.rows_of(batch)))
    return draw(batch, plan.spec.input), row


def own(plan: Plan) -> Tensor | None:
    """The input of one's own that the link holds; None if it holds none for this network."""
    if not _typable(plan):
        return None
    try:
        return _read(session.raw_view(OWN) or "", numel(plan.input_shape)).reshape(plan.input_shape)
    except Refusal:
        return None


def _typable(plan: Plan) -> bool:
    """Can the numbers of an input be typed?"""
    return not isinstance(plan.input_shape, TokenShape) and numel(plan.input_shape) <= TYPED


def _on_a_plane(plan: Plan) -> bool:
    """Is the input a few free numbers, so that two of them span a plane and each has a slider?"""
    return plan.is_sequential and isinstance(plan.spec.input, Features)


def _read(typed: str, features: int) -> Tensor:
    """The numbers in `typed`. Raises `Refusal` unless there are as many as `features`, all of them of a moderate size."""
    words = typed.replace(",", " ").replace("，", " ").split()
    if len(words) != features:
        raise Refusal(
            Message("This network takes {wanted}; given are {given}.", wanted=numbers(features), given=len(words))
        )
    given = [fields.as_number(word) for word in words]
    for word, number in zip(words, given, strict=True):
        if number is None or not abs(number) <= LIMIT:
            raise Refusal(Message("“{word}” is not a number between −1,000,000 and 1,000,000.", word=word[:20]))
    return torch.tensor([float(number or 0) for number in given])


def _write(point: Tensor) -> str:
    return " ".join(map(exact, point.flatten().tolist()))


def choose(plan: Plan, batch: Batch, point: Tensor) -> None:
    """A row of the batch, or one's own numbers: a slider a feature, or all of them typed."""
    rows = network.rows_of(batch)
    of = {"own": Message("My own input")} | rows if _typable(plan) else rows
    chosen = "own" if own(plan) is not None else session.view(network.ROW, "0", rows)
    source = panel.choice(
        "source",
        session.say(Message("Input")),
        chosen,
        session.say_each(of),
        lambda to: _take_source(to, point),
        bare=True,
    )
    items = [heading(session.say(Message("What goes in"))), source]
    if not _typable(plan):
        items.append(text(session.say(_why_not_typed(plan))))
    elif _on_a_plane(plan) and len(point) <= SLIDERS:
        items += [_slider(point, index) for index in range(len(point))]
    else:
        items.append(_typed(plan, point))
    panel.panel(items, key="source")


def _why_not_typed(plan: Plan) -> Message:
    if isinstance(plan.input_shape, TokenShape):
        return Message("Tokens only name words, so they are taken from the batch and not typed.")
    return Message(
        "{n} numbers are too many to type, so the rows of the batch are what goes in.", n=numel(plan.input_shape)
    )


def _take_source(chosen: str, point: Tensor) -> None:
    if chosen == "own":
        session.choose(OWN, _write(point))
    else:
        session.choose(network.ROW, chosen)
        session.choose(OWN, "")


def _slider(point: Tensor, index: int) -> Item:
    label, reach = f"x{index + 1}", reach_of(point)
    name = naming.of_feature(index)

    def take(typed: str) -> None:
        values = point.clone()
        number = fields.as_number(typed)
        if number is None or not abs(number) <= LIMIT:
            said = Message("“{word}” is not a number between −1,000,000 and 1,000,000.", word=typed[:20])
            session.refuse(label, typed, said)
            return
        values[index] = float(number)
        session.choose(OWN, _write(values))

    return panel.slider(label, name, f"{float(point[index]):.3g}", take, min=-reach, max=reach, step=0.01)


def _typed(plan: Plan, point: Tensor) -> Item:
    label = Message("Numbers, separated by blanks or commas")

    def take(typed: str) -> None:
        try:
            session.choose(OWN, _write(_read(typed, numel(plan.input_shape))))
        except Refusal as refusal:
            session.refuse(OWN, typed, refusal.message)

    return panel.word(OWN, session.say(label), _write(point), take)


# ---- over the input plane -------------------------------------------------------------------------------------------


def show_plane(plan: Plan, point: Tensor, probability: Tensor) -> None:
    """The probability of a class as two inputs vary; the point on it is the input, and can be moved. With one input, a curve."""
    side = plane_side(plan)
    if not _on_a_plane(plan):
        panel.panel([text(session.say(NO_PLANE))], key="plane")
    elif side is None:
        why = Message("This network is too large for the plane of all inputs here.")
        panel.panel([text(session.say(why))], key="plane")
    elif len(point) < 2:
        _line(plan, point, side)
    else:
        _square(plan, point, probability, side)


def _square(plan: Plan, point: Tensor, probability: Tensor, side: int) -> None:
    inputs = {str(index): session.experiment().labels.feature(index) for index in range(min(len(point), network.ROWS))}
    names = _answers(plan, CHOICES)
    across, up = int(session.view(ACROSS, "0", inputs)), int(session.view(UP, "1", inputs))
    shown = int(session.view(CLASS, "0", names))
    chances = cached.plane(plan, point, across, up, reach_of(point), side)[..., shown]

    def take(x: float, y: float) -> None:
        values = point.clone()
        values[up], values[across] = y, x
        session.choose(OWN, _write(values))

    which = session.experiment().labels.class_(shown)
    label = Message("Probability of {which} over two inputs; click or drag the point", which=which)
    if len(names) == 1:
        label = Message("Output over two inputs; click or drag the point")
    panel.panel(
        [
            heading(session.say(Message("Over the input plane"))),
            line(*_axes(inputs, names)),
            plane("plane", session.say(label), _picture(chances, point, across, up, shown), take),
            text(session.say(_here(probability, shown))),
            text(session.say(_scale(chances))),
        ],
        key="plane",
    )


def _axes(inputs: Mapping[str, Message], names: Mapping[str, Message]) -> list[Item]:
    """The choices of class and inputs, where there is a choice."""
    choices = [fields.view(CLASS, Message("Class"), names, "0", as_list=True)] if len(names) > 1 else []
    if len(inputs) > 2:
        choices.append(fields.view(ACROSS, Message("Across"), inputs, "0", as_list=True))
        choices.append(fields.view(UP, Message("Up"), inputs, "1", as_list=True))
    return choices


def _picture(chances: Tensor, point: Tensor, across: int, up: int, shown: int) -> Plane:
    low, high = _range(chances)
    levels = (chances.nan_to_num(low, high, low) - low) / max(high - low, 1e-6) * 255
    return Plane(
        side=len(chances),
        levels=bytes(levels.round().byte().flatten().tolist()),
        color=CLASS_COLORS[shown % len(CLASS_COLORS)],
        reach=reach_of(point),
        x=float(point[across]),
        y=float(point[up]),
        across=naming.of_feature(across),
        up=naming.of_feature(up),
    )


def _range(chances: Tensor) -> tuple[float, float]:
    """The least and the greatest of the finite ones; zeros if there are none."""
    finite = chances[chances.isfinite()]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)


def _line(plan: Plan, point: Tensor, side: int) -> None:
    """The plane of a network with one input: a curve for each class, and where the input stands."""
    reach, names = reach_of(point), _answers(plan, CURVES)
    chances = cached.plane(plan, point, 0, 0, reach, side)[0]
    labels = list(session.say_each(names).values())
    figure = answers(
        torch.linspace(-reach, reach, side), chances, labels, float(point[0]), naming.of_feature(0), LINE_HEIGHT
    )
    panel.panel([heading(session.say(Message("Over the input")))], key="plane")
    sheet.chart("line", figure)
    if not bool(chances.isfinite().all()):
        panel.panel([text(session.say(NOT_FINITE))], key="unfinished")


def _answers(plan: Plan, limit: int) -> dict[str, Message]:
    """What the network gives, up to `limit` of it: its classes, or its only output."""
    classes = plan.output_shape[class_axis(plan) - 1]
    if classes == 1:
        return {"0": Message("output")}
    return {str(index): session.experiment().labels.class_(index) for index in range(min(classes, limit))}


def _here(probability: Tensor, shown: int) -> Message:
    if len(probability) == 1:
        return Message("At the point the output is {p}.", p=brief(float(probability[0])))
    return Message(
        "At the point, {which} has probability {p}.",
        which=session.experiment().labels.class_(shown),
        p=f"{float(probability[shown]):.3f}",
    )


def _scale(chances: Tensor) -> Message:
    if not bool(chances.isfinite().all()):
        return NOT_FINITE
    low, high = _range(chances)
    return Message(
        "From {low} where it is palest to {high} where the colour is full. Click or drag the point.",
        low=f"{low:.3f}",
        high=f"{high:.3f}",
    )
