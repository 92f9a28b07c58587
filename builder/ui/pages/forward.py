"""The page on which one row walks through the network: each step in numbers, and the plane of all inputs beside it."""

from __future__ import annotations

from torch import nn

from builder.charts.outputs import curve as draw_curve
from builder.core.messages import Message
from builder.layers.output import AlongClasses
from builder.layers.shapes import format_shape
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.runtime.probe import probabilities
from builder.runtime.trace import Activation, trace_row
from builder.teaching.walkthrough import curve, in_numbers, neuron_sum, shapes, shares
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
    if plan.fits_budget(batch.rows):
        rows, row = point.chosen(plan, batch)
        module = cached.module(plan)
        activations = trace_row(module, plan, rows, row)
        if not activations:  # blocks with nothing in them
            notice.show(notice.NOTHING)
            return
        side, main = sheet.columns(27, 73)
        with boundary(side.box("input", "card")):
            point.choose(plan, batch, rows[row])
            point.show_plane(plan, rows[row], probabilities(module, plan, rows)[row])
        with boundary(main.box("walk", "card")):
            _step(module, plan, activations, len(rows))
    else:
        notice.show(notice.why_not(plan, batch.rows))


# ---- step by step ---------------------------------------------------------------------------------------------------


def _step(module: nn.Module, plan: Plan, activations: list[Activation], rows: int) -> None:
    """Where one is on the way, what goes in, what is done with it, and what comes out."""
    place = _place(activations)
    activation = activations[place]
    _bar(activations, place)
    neuron = _neuron(activation)
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
        _operation(module, activation, neuron, rows)
    with after:
        panel.panel([heading(session.say(Message("out"))), *tensors.about(activation.output)], key="after_title")
        tensors.pictured(activation.output)
        panel.panel([tensors.cells("after", activation.output, neuron, _choose_neuron)], key="after")


def _place(activations: list[Activation]) -> int:
    """The step that is looked at: of the selected layer the copy that was chosen, or the first; of a block its first layer."""
    selected, copy = session.selected(), session.raw_view(COPY)
    if selected == INPUT:
        return 0
    own = [index for index, activation in enumerate(activations) if activation.step.path == selected]
    chosen = next((index for index in own if activations[index].path == copy), None)
    if chosen is not None:
        return chosen
    inside = (index for index, activation in enumerate(activations) if activation.step.path.startswith(f"{selected}."))
    return next(inside, own[0] if own else 0)


def _bar(activations: list[Activation], place: int) -> None:
    playing = session.view(PLAY, "off", ("on", "off")) == "on" and place + 1 < len(activations)
    steps = _steps(activations, place)
    back = button(
        "back",
        session.say(Message("Back")),
        lambda: _go(activations, _place(activations) - 1),
        sign="◀",
        disabled=place == 0,
    )
    next_ = button(
        "next",
        session.say(Message("Next")),
        lambda: _go(activations, _place(activations) + 1, keep=True),
        sign="▶",
        main=True,
        disabled=place + 1 == len(activations),
        every=BEAT if playing else 0,
    )
    play = button(
        "play",
        session.say(Message("Pause") if playing else Message("Play")),
        lambda: _play(activations, place, not playing),
    )
    said = session.say(Message("step {n} of {count}", n=place + 1, count=len(activations)))
    panel.panel([back, next_, play, text(said), space(), steps], key="steps", layout="bar")


def _steps(activations: list[Activation], place: int) -> Item:
    """The choice of the step: buttons, of more a list, of very many its number."""
    label = session.say(Message("Step"))
    if len(activations) > IN_A_LIST:

        def take(typed: str) -> None:
            number = fields.as_number(typed)
            if isinstance(number, int):
                _go(activations, min(max(number, 1), len(activations)) - 1)

        return panel.number("step", label, str(place + 1), take, width="9rem")
    many = len(activations) > BUTTONS
    names = {
        str(index): f"{index + 1} · {activation.path}" if many else activation.path
        for index, activation in enumerate(activations)
    }
    offer = panel.choice if many else panel.view
    return offer("step", label, str(place), names, lambda to: _go(activations, int(to)))


def _go(activations: list[Activation], place: int, *, keep: bool = False) -> None:
    """Go to the step `place`; what plays goes on playing only where the step follows by itself."""
    if not keep:
        session.choose(PLAY, "off")
    if 0 <= place < len(activations):
        session.choose(NEURON, "0")
        activation = activations[place]
        named = activation.merges or activation.path != activation.step.path  # the path alone would lead to the first
        session.choose(COPY, activation.path if named else "")
        session.select(activations[place].step.path)


def _play(activations: list[Activation], place: int, on: bool) -> None:
    """From the last step it plays again from the first."""
    if on and place + 1 == len(activations):
        _go(activations, 0, keep=True)
    session.choose(PLAY, "on" if on else "off")


def _neuron(activation: Activation) -> int:
    chosen = fields.as_number(session.raw_view(NEURON) or "0")
    return chosen if isinstance(chosen, int) and 0 <= chosen < activation.output.numel() else 0


def _choose_neuron(index: int) -> None:
    session.choose(NEURON, str(index))


def _operation(module: nn.Module, activation: Activation, neuron: int, rows: int) -> None:
    """The layer, its shapes in two colours, and what it does with the numbers in front of one's eyes."""
    step = activation.step
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
        *_in_words(module, activation, neuron),
    ]
    made = shares(activation, softmax_steps.temperature(), neuron)
    if made:
        items += [text(made.line(made.chosen), "number"), softmax_steps.slider()]
    panel.panel(items, key="operation")
    drawn, added = curve(module, activation, neuron), neuron_sum(module, activation, neuron)
    if added:
        terms.windows(added)
        terms.terms(added)
    elif drawn:
        x, y = float(activation.input[activation.at(neuron)]), float(activation.output[activation.at(neuron)])
        names = (session.say(Message("what goes in")), session.say(Message("what comes out")))
        sheet.chart("curve", draw_curve(*drawn, x, y, names, 400))
    elif made:
        softmax_steps.show(made)


def _in_words(module: nn.Module, activation: Activation, neuron: int) -> list[Item]:
    """The number that leaves `neuron`, written out; nothing where no line can say how it comes about."""
    if isinstance(activation.step.layer, AlongClasses):  # its line follows the temperature
        return [text(session.say(_which_class(activation, activation.step.layer, neuron)))]
    added = neuron_sum(module, activation, neuron)
    line = added.line() if added else in_numbers(module, activation, neuron)
    if not line:
        return []
    said = [text(session.say(_which(activation, neuron))), text(line, "number")]
    if added and added.between:
        kept = Message("The {n} terms between the first five and the last are added up to one number.", n=added.between)
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
