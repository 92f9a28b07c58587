"""The page on which one row walks through the network: each step in numbers, and the plane of all inputs beside it."""

from __future__ import annotations

from collections.abc import Sequence

from builder.charts.outputs import curve as draw_curve
from builder.core.messages import Message
from builder.layers.output import AlongClasses
from builder.layers.shapes import format_shape
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.runtime.trace import Activation
from builder.teaching.walkthrough import Stop, Walk, place_of, shapes, shares
from builder.ui.components import panel, sheet
from builder.ui.components.panel import Item, button, heading, space, text
from builder.ui.components.pictures import phrase
from builder.ui.pages import point
from builder.ui.parts import fields, header, notice, softmax_steps, tensors, terms
from builder.ui.parts.boundary import boundary, part
from builder.ui.state import cached, session
from builder.ui.state.plans import planned

NEURON, PLAY = "neuron", "play"  # views
COPY = "copy"  # the view that says which copy of a repeated layer is looked at: the name of its module
BEAT = 1600  # ms from step to step while it plays
BUTTONS = 12  # steps that are buttons; more are a list
IN_A_LIST = 200  # steps that can be chosen from a list; of more the number is entered


@boundary()
def page() -> None:
    """The bar, and below it the walk."""
    header.show()
    part(sheet.box("forward"), _walk)


def _walk() -> None:
    """What goes in beside the step that is looked at, or why nothing can be sent through."""
    experiment = session.experiment()
    plan = planned(experiment.network)
    batch = experiment.batch
    if not plan.fits_budget(batch.rows):
        notice.show(notice.why_not(plan, batch.rows))
        return
    rows, row = point.chosen(plan, batch)
    walk = cached.walked(plan, batch, point.own(plan), row, session.selected(), session.raw_view(COPY) or "", _neuron())
    if walk is None:  # blocks with nothing in them
        notice.show(notice.NOTHING)
        return
    side, main = sheet.columns(27, 73)
    with boundary(side.box("input", "card")):
        point.choose(plan, batch, rows[row])
        point.show_plane(plan, rows[row], walk.chances)
    with boundary(main.box("walk", "card")):
        _step(plan, walk, len(rows))


# ---- step by step ---------------------------------------------------------------------------------------------------


def _step(plan: Plan, walk: Walk, rows: int) -> None:
    """Where one is on the way, what goes in, what is done with it, and what comes out."""
    activation, neuron = walk.activation(plan), walk.neuron
    _bar(walk.stops, walk.place)
    before, middle, after = sheet.columns(19, 62, 19)
    with before:
        for number, entering in enumerate(activation.inputs):
            title = Message("in")
            if activation.merges:
                title = Message("in, branch {n}", n=number + 1)
            panel.panel([heading(session.say(title)), *tensors.about(entering)], key=f"before_title{number or ''}")
            tensors.pictured(entering)
            panel.panel([tensors.cells(f"before{number or ''}", entering)], key=f"before{number or ''}")
    with middle:
        _operation(plan, walk, activation, rows)
    with after:
        panel.panel([heading(session.say(Message("out"))), *tensors.about(activation.output)], key="after_title")
        tensors.pictured(activation.output)
        panel.panel([tensors.cells("after", activation.output, neuron, _choose_neuron)], key="after")


def _here(stops: Sequence[Stop]) -> int:
    """Where one stands now, which may be further than where the page was drawn."""
    return place_of(stops, session.selected(), session.raw_view(COPY) or "")


def _bar(stops: Sequence[Stop], place: int) -> None:
    playing = session.view(PLAY, "off", ("on", "off")) == "on" and place + 1 < len(stops)
    steps = _steps(stops, place)
    back = button(
        "back",
        session.say(Message("Back")),
        lambda: _go(stops, _here(stops) - 1),
        sign="◀",
        disabled=place == 0,
    )
    next_ = button(
        "next",
        session.say(Message("Next")),
        lambda: _go(stops, _here(stops) + 1, keep=True),
        sign="▶",
        main=True,
        disabled=place + 1 == len(stops),
        every=BEAT if playing else 0,
    )
    play = button(
        "play",
        session.say(Message("Pause") if playing else Message("Play")),
        lambda: _play(stops, place, not playing),
    )
    said = session.say(Message("step {n} of {count}", n=place + 1, count=len(stops)))
    panel.panel([back, next_, play, text(said), space(), steps], key="steps", layout="bar")


def _steps(stops: Sequence[Stop], place: int) -> Item:
    """The choice of the step: buttons, of more a list, of very many its number."""
    label = session.say(Message("Step"))
    if len(stops) > IN_A_LIST:

        def take(typed: str) -> None:
            number = fields.as_number(typed)
            if isinstance(number, int):
                _go(stops, min(max(number, 1), len(stops)) - 1)

        return panel.number("step", label, str(place + 1), take, width="9rem")
    many = len(stops) > BUTTONS
    names = {str(index): f"{index + 1} · {stop.path}" if many else stop.path for index, stop in enumerate(stops)}
    offer = panel.choice if many else panel.view
    return offer("step", label, str(place), names, lambda to: _go(stops, int(to)))


def _go(stops: Sequence[Stop], place: int, *, keep: bool = False) -> None:
    """Go to the step `place`; what plays goes on playing only where the step follows by itself."""
    if not keep:
        session.choose(PLAY, "off")
    if 0 <= place < len(stops):
        session.choose(NEURON, "0")
        stop = stops[place]
        session.choose(COPY, stop.path if stop.is_named else "")
        session.select(stop.layer)


def _play(stops: Sequence[Stop], place: int, on: bool) -> None:
    """From the last step it plays again from the first."""
    if on and place + 1 == len(stops):
        _go(stops, 0, keep=True)
    session.choose(PLAY, "on" if on else "off")


def _neuron() -> int:
    chosen = fields.as_number(session.raw_view(NEURON) or "0")
    return chosen if isinstance(chosen, int) else 0


def _choose_neuron(index: int) -> None:
    session.choose(NEURON, str(index))


def _operation(plan: Plan, walk: Walk, activation: Activation, rows: int) -> None:
    """The layer, its shapes in two colours, and what it does with the numbers in front of one's eyes."""
    step, neuron = activation.step, walk.neuron
    title = (
        f"{activation.path} · {step.layer.kind} · {format_shape(step.input_shape)} → {format_shape(step.output_shape)}"
    )
    items = [
        heading(title),
        phrase(shapes(step, rows)),
        phrase(
            [
                (session.say(Message("data")), "data"),
                (" · ", ""),
                (session.say(Message("parameters of the network")), "parameters"),
            ]
        ),
        text(session.say(step.layer.summary)),
        *_in_words(walk, activation),
    ]
    made = shares(activation, softmax_steps.temperature(), neuron)
    if made:
        items += [text(made.line(made.chosen), "number"), softmax_steps.slider()]
    panel.panel(items, key="operation")
    if walk.added:
        terms.windows(walk.added)
        terms.terms(walk.added, session.experiment().labels.features if _is_given(plan, walk) else ())
    elif walk.curve:
        x, y = float(activation.input[activation.at(neuron)]), float(activation.output[activation.at(neuron)])
        names = (session.say(Message("what goes in")), session.say(Message("what comes out")))
        sheet.chart("curve", draw_curve(*walk.curve, x, y, names, 400))
    elif made:
        softmax_steps.show(made)


def _is_given(plan: Plan, walk: Walk) -> bool:
    """Does the layer that is looked at take the input's features themselves?"""
    return walk.place == 0 and isinstance(plan.spec.input, Features)


def _in_words(walk: Walk, activation: Activation) -> list[Item]:
    """The number that is looked at, written out; nothing where no line can say how it comes about."""
    if isinstance(activation.step.layer, AlongClasses):  # its line follows the temperature
        return [text(session.say(_which_class(activation, activation.step.layer, walk.neuron)))]
    line = walk.added.line() if walk.added else walk.line
    if not line and not walk.moves:
        return []
    said = [text(session.say(_which(activation, walk.neuron))), *([text(line, "number")] if line else [])]
    for move in walk.moves:
        said += [text(session.say(move.said)), *([text(move.line, "move")] if move.line else [])]
    if walk.added and walk.added.between:
        kept = Message(
            "The {n} terms between the first five and the last are added up to one number.", n=walk.added.between
        )
        said.append(text(session.say(kept)))
    if not bool(activation.output.isfinite().all()):
        said.append(
            text(session.say(Message("Some numbers are not finite: they grew too large for float32.")), "notice")
        )
    return said


def _which_class(activation: Activation, layer: AlongClasses, neuron: int) -> Message:
    axis = layer.axis(activation.step.input_shape) - 1
    n, shape = activation.at(neuron)[axis] + 1, tuple(activation.output.shape)
    if len(shape) == 1:
        named = session.experiment().labels.classes[n - 1 : n]
        if named:
            return Message("Class {n}, “{name}”: click another at the right.", n=n, name=named[0])
        return Message("Class {n}: click another at the right.", n=n)
    return Message(
        "Class {n} of {classes}, at {place} of {shape}: click another at the right.",
        n=n,
        classes=shape[axis],
        place=tensors.place_text(shape, neuron),
        shape=format_shape(shape),
    )


def _which(activation: Activation, neuron: int) -> Message:
    if activation.output.ndim == 1:
        return Message("Neuron {n}: click another at the right.", n=neuron + 1)
    place = tensors.place_text(tuple(activation.output.shape), neuron)
    return Message(
        "The number at {place} of {shape}: click another at the right.",
        place=place,
        shape=format_shape(tuple(activation.output.shape)),
    )
