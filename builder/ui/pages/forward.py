"""The page on which one row walks through the network: each step in numbers, and the plane of all inputs beside it."""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st
import torch
from torch import Tensor, nn

from builder.charts.outputs import curve as draw_curve
from builder.core.messages import NO_MESSAGE, Message
from builder.core.numerals import brief, figures
from builder.layers.shapes import format_shape
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import INPUT
from builder.runtime.probe import probabilities
from builder.teaching.walkthrough import (
    OVERFLOW,
    TERMS,
    Move,
    Shares,
    Sum,
    curve,
    in_numbers,
    neuron_sum,
    place_in,
    shapes,
    shares,
    walk,
)
from builder.ui.components import panel
from builder.ui.components.panel import Cell, Item, button, heading, phrase, space, text
from builder.ui.pages import point
from builder.ui.parts import fields, header, pictures
from builder.ui.parts.boundary import boundary
from builder.ui.parts.markup import table
from builder.ui.parts.markup import text as html
from builder.ui.state import cached, run, session

NEURON, PLAY, TEMPERATURE = "neuron", "play", "temperature"  # views
COPY = "copy"  # the view that says which copy of a repeated layer is looked at: the name of its module
BEAT = 1600  # ms from step to step while it plays
IN_A_LIST = 200  # steps that can be chosen from a list; of more the number is entered
LISTED = 12  # numbers that are shown one below the other; more become a field of squares
ENDS = 512  # squares at either end of a vector that is longer than both together
CLASSES = 10  # that the softmax is written out for
NOTHING = Message("There is no layer in this network yet that does anything: what goes in comes out.")


@boundary()
def page() -> None:
    """The bar, and below it the walk; after a gesture only the walk is drawn again."""
    header.show()
    _fragment(run.FragmentState())


@st.fragment
def _fragment(fragment: run.FragmentState) -> None:
    with boundary():
        _walk()
    run.finish(fragment)


def _walk() -> None:
    """What goes in beside the step that is looked at, or why nothing can be sent through."""
    experiment = session.experiment()
    plan = make_plan(experiment.network)
    batch = experiment.batch
    if plan.fits_budget(batch.rows):
        rows, row = point.chosen(plan, batch)
        module = cached.module(plan, live=True)
        moves = walk(module, plan, rows, row)
        if not moves:  # blocks with nothing in them
            st.html(html("p", session.say(NOTHING), "notice", role="status"))
            return
        side, main = st.columns([27, 73])
        with boundary(side.container(border=True, key="input")):
            point.choose(plan, batch, rows[row])
            point.show_plane(plan, rows[row], probabilities(module, plan, rows)[row])
        with boundary(main.container(border=True, key="walk")):
            _step(module, plan, moves, len(rows))
    else:
        problem = plan.problem or plan.over_budget(batch.rows)
        st.html(html("p", session.say(problem.message if problem else NO_MESSAGE), "notice", role="status"))


# ---- step by step ---------------------------------------------------------------------------------------------------


def _step(module: nn.Module, plan: Plan, moves: list[Move], rows: int) -> None:
    """Where one is on the way, what goes in, what is done with it, and what comes out."""
    place = _place(moves)
    move = moves[place]
    _bar(moves, place)
    neuron = _neuron(move)
    before, middle, after = st.columns([19, 62, 19])
    with before:
        for number, entering in enumerate(move.joined or (move.before,)):
            title = Message("in")
            if move.joined:
                title = Message("in, branch {n}", n=number + 1)
            panel.panel([heading(session.say(title)), *_as_text(entering)], key=f"before_title{number or ''}")
            _pictured(entering)
            panel.panel([_vector(f"before{number or ''}", entering)], key=f"before{number or ''}")
    with middle:
        _operation(module, move, neuron, rows)
    with after:
        panel.panel([heading(session.say(Message("out"))), *_as_text(move.after)], key="after_title")
        _pictured(move.after)
        panel.panel([_vector("after", move.after, neuron, _choose_neuron)], key="after")


def _as_text(values: Tensor) -> list[Item]:
    """What the numbers are, where they are no flat vector."""
    if not values.is_floating_point():
        return [text(session.say(Message("tokens: the numbers of words")))]
    return [text(format_shape(tuple(values.shape)))] if values.ndim > 1 else []


def _pictured(values: Tensor) -> None:
    """An image as grey pictures of its channels, a sequence as a matrix; nothing for a flat vector."""
    if values.ndim < 2 or not values.is_floating_point():
        return
    every = pictures.planes(values)
    shown = min(len(every), pictures.SHOWN)
    names = [str(n + 1) for n in range(shown)]
    if len(every) == 1:
        names = [session.say(Message("white is the greatest number"))]
    said = pictures.pictures(every[:shown], names, 120 if len(every) == 1 else 58)
    if len(every) > shown:
        said += html("p", session.say(Message("… {n} more", n=len(every) - shown)), "small")
    st.html(said)


def _place(moves: list[Move]) -> int:
    """The step that is looked at: of the selected layer the copy that was chosen, or the first; of a block its first layer."""
    selected, copy = session.selected(), session.raw_view(COPY)
    if selected == INPUT:
        return 0
    own = [index for index, move in enumerate(moves) if move.step.path == selected]
    chosen = next((index for index in own if moves[index].path == copy), None)
    if chosen is not None:
        return chosen
    inside = (index for index, move in enumerate(moves) if move.step.path.startswith(f"{selected}."))
    return next(inside, own[0] if own else 0)


def _bar(moves: list[Move], place: int) -> None:
    playing = session.view(PLAY, "off", ("on", "off")) == "on" and place + 1 < len(moves)
    steps = _steps(moves, place)
    back = button(
        "back", session.say(Message("Back")), lambda: _go(moves, _place(moves) - 1), sign="◀", disabled=place == 0
    )
    next_ = button(
        "next",
        session.say(Message("Next")),
        lambda: _go(moves, _place(moves) + 1, keep=True),
        sign="▶",
        main=True,
        disabled=place + 1 == len(moves),
        every=BEAT if playing else 0,
    )
    play = button(
        "play", session.say(Message("Pause") if playing else Message("Play")), lambda: _play(moves, place, not playing)
    )
    said = session.say(Message("step {n} of {count}", n=place + 1, count=len(moves)))
    panel.panel([back, next_, play, text(said), space(), steps], key="steps", layout="bar")


def _steps(moves: list[Move], place: int) -> Item:
    """The choice of the step: buttons, of more a list, of very many its number."""
    label = session.say(Message("Step"))
    if len(moves) > IN_A_LIST:

        def take(typed: str) -> None:
            number = fields.as_number(typed)
            if isinstance(number, int):
                _go(moves, min(max(number, 1), len(moves)) - 1)

        return panel.entry("number", "step", label, str(place + 1), take, min=1, max=len(moves), width="9rem")
    many = len(moves) > LISTED
    names = {str(index): f"{index + 1} · {move.path}" if many else move.path for index, move in enumerate(moves)}
    return panel.choice("choice" if many else "view", "step", label, str(place), names, lambda to: _go(moves, int(to)))


def _go(moves: list[Move], place: int, *, keep: bool = False) -> None:
    """Go to the step `place`; what plays goes on playing only where the step follows by itself."""
    if not keep:
        session.choose(PLAY, "off")
    if 0 <= place < len(moves):
        session.choose(NEURON, "0")
        move = moves[place]
        named = bool(move.joined) or move.path != move.step.path  # the path alone would lead to the first
        session.choose(COPY, move.path if named else "")
        session.select(moves[place].step.path)


def _play(moves: list[Move], place: int, on: bool) -> None:
    """From the last step it plays again from the first."""
    if on and place + 1 == len(moves):
        _go(moves, 0, keep=True)
    session.choose(PLAY, "on" if on else "off")


def _neuron(move: Move) -> int:
    chosen = fields.as_number(session.raw_view(NEURON) or "0")
    return chosen if isinstance(chosen, int) and 0 <= chosen < move.after.numel() else 0


def _choose_neuron(index: int) -> None:
    session.choose(NEURON, str(index))


def _vector(name: str, values: Tensor, chosen: int = -1, take: Callable[[int], None] | None = None) -> Item:
    """The numbers of a tensor as cells: with their texts as long as they fit, then as squares, then its two ends."""
    shape, values = tuple(values.shape), values.flatten()
    finite = values[values.isfinite()].abs()
    reach = float(finite.max()) if len(finite) else 0.0
    count = len(values)
    dense = count > LISTED
    indexes = range(count) if count <= 2 * ENDS else [*range(ENDS), *range(count - ENDS, count)]
    kept = values[torch.tensor(list(indexes), dtype=torch.long)].tolist()
    shown: list[Cell] = [_cell(index, value, reach, shape) for index, value in zip(indexes, kept, strict=True)]
    if count > 2 * ENDS:
        shown.insert(ENDS, (None, session.say(Message("… {n} more", n=count - 2 * ENDS)), 0.0, ""))
    label = session.say(Message("{n} numbers", n=count))
    return panel.cells(name, label, shown, chosen, take, dense=dense)


def _cell(index: int, value: float, reach: float, shape: tuple[int, ...]) -> Cell:
    if isinstance(value, int):
        return index, str(value), 0.0, f"{index + 1}: {value}"
    shade = value / reach if reach and math.isfinite(value) else 0.0
    return index, brief(value), round(shade, 3), f"{_where(shape, index)}: {brief(value, 6)}"


def _where(shape: tuple[int, ...], index: int) -> str:
    """`3`, or along each axis `[1, 2, 3]`, counted from 1."""
    return str(index + 1) if len(shape) < 2 else str([at + 1 for at in place_in(shape, index)])


def _operation(module: nn.Module, move: Move, neuron: int, rows: int) -> None:
    """The layer, its shapes in two colours, and what it does with the numbers in front of one's eyes."""
    step = move.step
    title = f"{move.path} · {step.layer.kind} · {format_shape(step.input_shape)} → {format_shape(step.output_shape)}"
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
        *_in_words(module, move, neuron),
    ]
    made = shares(move, _temperature(), neuron)
    if made:
        items += [text(made.line(move.at(neuron)[-1]), "number"), _temperature_slider()]
    panel.panel(items, key="operation")
    drawn, added = curve(module, move, neuron), neuron_sum(module, move, neuron)
    if added:
        _windows(added)
        _sum(added)
    elif drawn:
        x, y = float(move.before[move.at(neuron)]), float(move.after[move.at(neuron)])
        names = (session.say(Message("what goes in")), session.say(Message("what comes out")))
        st.plotly_chart(draw_curve(*drawn, x, y, names, 400), key="curve", config={"displayModeBar": False})
    elif made:
        _softmax(made)


def _in_words(module: nn.Module, move: Move, neuron: int) -> list[Item]:
    """The number that leaves `neuron`, written out; nothing where no line can say how it comes about."""
    if move.step.layer.family == "output":  # its line follows the temperature
        return [text(session.say(Message("Class {n}: click another at the right.", n=move.at(neuron)[-1] + 1)))]
    added = neuron_sum(module, move, neuron)
    line = added.line() if added else in_numbers(module, move, neuron)
    if not line:
        return []
    said = [text(session.say(_which(move, neuron))), text(line, "number")]
    if added and added.between:
        kept = Message("The {n} terms between the first five and the last are added up to one number.", n=added.between)
        said.append(text(session.say(kept)))
    if not bool(move.after.isfinite().all()):
        said.append(
            text(session.say(Message("Some numbers are not finite: they grew too large for float32.")), "notice")
        )
    return said


def _which(move: Move, neuron: int) -> Message:
    if move.after.ndim == 1:
        return Message("Neuron {n}: click another at the right.", n=neuron + 1)
    place = _where(tuple(move.after.shape), neuron)
    return Message(
        "The number at {place} of {shape}: click another at the right.",
        place=place,
        shape=format_shape(tuple(move.after.shape)),
    )


def _windows(added: Sum) -> None:
    """Of a convolution the part of its input that it looks at, and the kernel that this is multiplied with."""
    if len(added.window) < 2:
        return
    shown = min(math.prod(added.window[:-2]) if len(added.window) > 2 else 1, pictures.SHOWN)
    for title, values in ((Message("window of the input"), added.inputs), (Message("× kernel"), added.weights)):
        names = [f"{n + 1}" for n in range(shown)]
        st.html(
            html("p", session.say(title), "small")
            + pictures.pictures(pictures.planes(values.reshape(added.window))[:shown], names, 44)
        )


def _sum(added: Sum) -> None:
    """The terms of a sum one below the other, with what they have come to so far."""
    head = [Message("input"), Message("value"), Message("× weight"), Message("= product"), Message("sum so far")]
    rows, total = [], 0.0
    names = added.names()
    for place, (name, (weight, value)) in enumerate(zip(names, added.shown(), strict=True)):
        if added.between and place == TERMS - 1:
            total += added.rest
            more = session.say(Message("… {n} more", n=added.between))
            rows.append([more, "", "", brief(added.rest), brief(total)])
        total += weight * value
        rows.append([name, brief(value), brief(weight), brief(weight * value), brief(total)])
    if added.bias is not None:
        rows.append([session.say(Message("bias")), "", "", brief(added.bias), brief(added.result)])
    rows.append([session.say(Message("sum")), "", "", "", brief(added.result)])
    st.html(table([session.say(title) for title in head], rows, sums=True, css="steps"))


# ---- softmax --------------------------------------------------------------------------------------------------------


def _temperature() -> float:
    chosen = fields.as_number(session.raw_view(TEMPERATURE) or "1")
    return float(chosen) if chosen is not None and 0.1 <= chosen <= 10 else 1.0


def _temperature_slider() -> Item:
    def take(typed: str) -> None:
        session.choose(TEMPERATURE, typed[:20])

    help = Message(
        "All scores are divided by it before the softmax: above 1 the probabilities come closer together, below 1 the largest wins "
        "more. It is no part of the network; 1 leaves it as it is."
    )
    label = session.say(Message("Temperature"))
    shown = f"{_temperature():.4g}"
    return panel.entry("slider", TEMPERATURE, label, shown, take, min=0.1, max=10, step=0.1, help=session.say(help))


def _softmax(made: Shares) -> None:
    """Scores, exponentials, their sum, quotients: a row a class; and why the largest score is subtracted first."""
    count = min(len(made.shares), CLASSES)
    head = [
        Message("class"),
        Message("score"),
        Message("− largest"),
        Message("exp"),
        Message("÷ sum"),
        *([Message("log")] if made.logarithms else []),
    ]
    rows = [_softmax_row(made, index) for index in range(count)]
    if count < len(made.shares):
        rows.append(["…"] + [""] * (len(head) - 1))
    total = [session.say(Message("sum")), "", "", brief(made.total, 4), brief(float(made.shares.sum()), 4)]
    rows.append(total + [""] * (len(head) - len(total)))
    st.html(table([session.say(title) for title in head], rows, sums=True, css="steps"))
    largest = float(made.scores.max())
    why = Message("A score is not finite, so the exponentials have no shares: ∞ − ∞ is not a number (nan).")
    if made.finite:
        why = _why(made, largest)
    panel.panel([text(session.say(why))], key="why")


def _why(made: Shares, largest: float) -> Message:
    """Why the largest score is subtracted first."""
    return Message(
        "The largest score is subtracted first, so that no exponential can overflow: exp({largest}) is {plain} in float32, and "
        "beyond {limit} it would be infinite. After it the largest is exp(0) = 1, and the quotients stay the same, "
        "because every exponential is divided by the same number.",
        largest=brief(largest),
        plain=brief(made.unshifted),
        limit=figures(OVERFLOW),
    )


def _softmax_row(made: Shares, index: int) -> list[str]:
    numbers = [made.scores[index], made.shifted[index], made.exponentials[index], made.shares[index]]
    if made.logarithms:
        numbers.append(torch.log_softmax(made.scores, dim=-1)[index])
    return [session.say(Message("class {n}", n=index + 1)), *(brief(float(number), 4) for number in numbers)]
