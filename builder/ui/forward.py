"""The page on which one row walks through the network: each step in numbers, and the plane of all inputs beside it."""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st
import torch
from torch import Tensor, nn

from builder.charts import answers
from builder.charts import curve as draw_curve
from builder.digits import brief, exact
from builder.experiment import Batch
from builder.graph import shape_text
from builder.messages import NO_MESSAGE, Message
from builder.options import Refusal
from builder.palette import CLASS_COLORS
from builder.plan import Plan, make_plan
from builder.probe import draw, probabilities
from builder.spec import INPUT
from builder.ui import cached, fields, header, network, session
from builder.ui.components import panel
from builder.ui.components.panel import Cell, Item, button, heading, line, phrase, space, text
from builder.ui.markup import table
from builder.ui.markup import text as html
from builder.walk import (
    TERMS,
    Move,
    Shares,
    Sum,
    curve,
    in_numbers,
    neuron_sum,
    plane_side,
    reach_of,
    shapes,
    shares,
    walk,
)

OWN = "x"  # the view that holds an input of one's own: its numbers, separated by blanks
NEURON, PLAY, ACROSS, UP, CLASS, TEMPERATURE = "neuron", "play", "across", "up", "class", "temperature"
SLIDERS = 8  # features that get a slider each; more are typed into one field
BEAT = 1600  # ms from step to step while it plays
LISTED = 12  # numbers that are shown one below the other; more become a field of squares
ENDS = 512  # squares at either end of a vector that is longer than both together
CLASSES = 10  # that the softmax is written out for, and that have a curve over one input
CHOICES = 100  # classes that the plane can show, one at a time
LIMIT = 1e6  # an input of one's own
LINE_HEIGHT = 300  # px
NOT_FINITE = Message(
    "Some outputs are not finite: the numbers grew too large for float32. They have no colour and no curve."
)


def page() -> None:
    """The bar, and below it the walk; after a gesture only the walk is drawn again."""
    header.show()
    _walk(session.Rest())


@st.fragment
def _walk(rest: session.Rest) -> None:
    experiment = session.experiment()
    plan = make_plan(experiment.network)
    batch = experiment.batch
    if plan.lives(batch.rows):
        rows, row = _input(plan, batch)
        module = cached.module(plan, live=True)
        moves = walk(module, plan, rows, row)
        side, main = st.columns([27, 73])
        with side.container(border=True, key="input"):
            _choose_input(plan, batch, rows[row])
            _plane(plan, rows[row], probabilities(module, plan, rows)[row])
        with main.container(border=True, key="walk"):
            _step(module, plan, moves, len(rows))
    else:
        problem = plan.problem or plan.excess(batch.rows)
        st.html(html("p", session.say(problem.message if problem else NO_MESSAGE), "notice", role="status"))
    session.finish(rest)


# ---- what goes in ---------------------------------------------------------------------------------------------------


def _input(plan: Plan, batch: Batch) -> tuple[Tensor, int]:
    """What is sent through, and which row of it is looked at: an input of one's own is a batch of one row."""
    own = _own(plan)
    if own is not None:
        return own[None], 0
    row = int(session.view(network.ROW, "0", network.rows_of(batch)))
    return draw(batch, plan.spec.input.in_features), row


def _own(plan: Plan) -> Tensor | None:
    """The input of one's own that the link holds; None if it holds none for this network."""
    try:
        return _read(session.noted(OWN) or "", plan.spec.input.in_features)
    except Refusal:
        return None


def _read(typed: str, features: int) -> Tensor:
    """The numbers in `typed`. Raises `Refusal` unless there are as many as `features`, all of them of a moderate size."""
    words = typed.replace(",", " ").replace("，", " ").split()
    if len(words) != features:
        raise Refusal(Message("This network takes {n} numbers; here are {given}.", n=features, given=len(words)))
    numbers = [fields.as_number(word) for word in words]
    for word, number in zip(words, numbers, strict=True):
        if number is None or not abs(number) <= LIMIT:
            raise Refusal(Message("“{word}” is not a number between −1,000,000 and 1,000,000.", word=word[:20]))
    return torch.tensor([float(number or 0) for number in numbers])


def _write(point: Tensor) -> str:
    return " ".join(map(exact, point.tolist()))


def _choose_input(plan: Plan, batch: Batch, point: Tensor) -> None:
    """A row of the batch, or one's own numbers: a slider a feature, or all of them typed."""
    rows = network.rows_of(batch)
    of = {"own": Message("My own input")} | rows
    own = _own(plan) is not None
    chosen = "own" if own else session.view(network.ROW, "0", rows)
    source = panel.choice(
        "choice",
        "source",
        session.say(Message("Input")),
        chosen,
        session.say_each(of),
        lambda to: _take_source(to, point),
        bare=True,
    )
    items = [heading(session.say(Message("What goes in"))), source]
    if len(point) <= SLIDERS:
        items += [_slider(point, index) for index in range(len(point))]
    else:
        items.append(_typed(plan, point))
    panel.panel(items, key="source")


def _take_source(chosen: str, point: Tensor) -> None:
    if chosen == "own":
        session.choose(OWN, _write(point))
    else:
        session.choose(network.ROW, chosen)
        session.choose(OWN, "")


def _slider(point: Tensor, index: int) -> Item:
    label, reach = f"x{index + 1}", reach_of(point)

    def take(typed: str) -> None:
        values = point.clone()
        number = fields.as_number(typed)
        if number is None or not abs(number) <= LIMIT:
            said = Message("“{word}” is not a number between −1,000,000 and 1,000,000.", word=typed[:20])
            session.refuse(label, typed, said)
            return
        values[index] = float(number)
        session.choose(OWN, _write(values))

    refused = session.refused(label)
    return panel.entry(
        "slider",
        label,
        label,
        refused.entry if refused else f"{float(point[index]):.3g}",
        take,
        min=-reach,
        max=reach,
        step=0.01,
        refused=session.say(refused.reason) if refused else "",
    )


def _typed(plan: Plan, point: Tensor) -> Item:
    label = Message("Numbers, separated by blanks or commas")

    def take(typed: str) -> None:
        try:
            session.choose(OWN, _write(_read(typed, plan.spec.input.in_features)))
        except Refusal as refusal:
            session.refuse(OWN, typed, refusal.message)

    refused = session.refused(OWN)
    shown = refused.entry if refused else _write(point)
    said = session.say(refused.reason) if refused else ""
    return panel.entry("word", OWN, session.say(label), shown, take, refused=said)


# ---- over the input plane -------------------------------------------------------------------------------------------


def _plane(plan: Plan, point: Tensor, probability: Tensor) -> None:
    """The probability of a class as two inputs vary; the point on it is the input, and can be moved."""
    features, classes = len(point), _classes(plan)
    side = plane_side(plan)
    if side is None:
        why = Message("This network is too large for the plane of all inputs here.")
        panel.panel([text(session.say(why))], key="plane")
        return
    if features < 2:
        _line(plan, point, classes, side)
        return
    inputs = {str(index): Message("x{n}", n=index + 1) for index in range(min(features, network.ROWS))}
    across, up = int(session.view(ACROSS, "0", inputs)), int(session.view(UP, "1", inputs))
    names = _answers(classes, CHOICES)
    shown = int(session.view(CLASS, "0", names))
    reach = reach_of(point)
    chances = cached.plane(plan, point, across, up, reach, side)[..., shown]
    finite = chances[chances.isfinite()]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    picture = panel.Plane(
        side,
        bytes(
            ((chances.nan_to_num(low, high, low) - low) / max(high - low, 1e-6) * 255).round().byte().flatten().tolist()
        ),
        CLASS_COLORS[shown % len(CLASS_COLORS)],
        reach,
        float(point[across]),
        float(point[up]),
        f"x{across + 1}",
        f"x{up + 1}",
    )

    def take(x: float, y: float) -> None:
        values = point.clone()
        values[up], values[across] = y, x
        session.choose(OWN, _write(values))

    label = session.say(
        Message("Output over two inputs; click or drag the point")
        if classes == 1
        else Message("Probability of class {n} over two inputs; click or drag the point", n=shown + 1)
    )
    choices = [fields.view(CLASS, Message("Class"), names, "0", as_list=True)] if classes > 1 else []
    if features > 2:
        choices += [
            fields.view(ACROSS, Message("Across"), inputs, "0", as_list=True),
            fields.view(UP, Message("Up"), inputs, "1", as_list=True),
        ]
    panel.panel(
        [
            heading(session.say(Message("Over the input plane"))),
            *([line(*choices)] if choices else []),
            panel.plane("plane", label, picture, take),
            text(session.say(_here(probability, shown))),
            text(session.say(_scale(low, high) if len(finite) == chances.numel() else NOT_FINITE)),
        ],
        key="plane",
    )


def _line(plan: Plan, point: Tensor, classes: int, side: int) -> None:
    """The plane of a network with one input: a curve for each class, and where the input stands."""
    reach, names = reach_of(point), _answers(classes, CLASSES)
    chances = cached.plane(plan, point, 0, 0, reach, side)[0]
    labels = list(session.say_each(names).values())
    figure = answers(torch.linspace(-reach, reach, side), chances, labels, float(point[0]), "x1", LINE_HEIGHT)
    panel.panel([heading(session.say(Message("Over the input")))], key="plane")
    st.plotly_chart(figure, key="line", config={"displayModeBar": False})
    if not bool(chances.isfinite().all()):
        panel.panel([text(session.say(NOT_FINITE))], key="unfinished")


def _answers(classes: int, limit: int) -> dict[str, Message]:
    """What the network gives, up to `limit` of it: its classes, or its only output."""
    if classes == 1:
        return {"0": Message("output")}
    return {str(index): Message("class {n}", n=index + 1) for index in range(min(classes, limit))}


def _here(probability: Tensor, shown: int) -> Message:
    if len(probability) == 1:
        return Message("At the point the output is {p}.", p=brief(float(probability[0])))
    return Message("At the point, class {n} has probability {p}.", n=shown + 1, p=f"{float(probability[shown]):.3f}")


def _scale(low: float, high: float) -> Message:
    return Message(
        "From {low} where it is palest to {high} where the colour is full. Click or drag the point.",
        low=f"{low:.3f}",
        high=f"{high:.3f}",
    )


def _classes(plan: Plan) -> int:
    return math.prod(plan.output_shape)


# ---- step by step ---------------------------------------------------------------------------------------------------


def _step(module: nn.Module, plan: Plan, moves: list[Move], rows: int) -> None:
    """Where one is on the way, what goes in, what is done with it, and what comes out."""
    place = _place(moves)
    move = moves[place]
    _bar(moves, place)
    neuron = _neuron(move)
    before, middle, after = st.columns([19, 62, 19])
    with before:
        panel.panel([heading(session.say(Message("in"))), _vector("before", move.before)], key="before")
    with middle:
        _operation(module, move, neuron, rows)
    with after:
        panel.panel(
            [heading(session.say(Message("out"))), _vector("after", move.after, neuron, _choose_neuron)], key="after"
        )


def _place(moves: list[Move]) -> int:
    """The step of the selected layer; of a group its first one, of the input the first of all."""
    selected = session.selected()
    paths = [move.step.path for move in moves]
    inside = (index for index, path in enumerate(paths) if path == selected or path.startswith(f"{selected}."))
    return next(inside, 0) if selected != INPUT else 0


def _bar(moves: list[Move], place: int) -> None:
    playing = session.view(PLAY, "off", ("on", "off")) == "on" and place + 1 < len(moves)
    of = {str(index): f"{index + 1} · {move.step.path}" for index, move in enumerate(moves)}
    steps = panel.choice(
        "choice" if len(moves) > LISTED else "view",
        "step",
        session.say(Message("Step")),
        str(place),
        of if len(moves) > LISTED else {key: name.split(" · ")[1] for key, name in of.items()},
        lambda to: _go(moves, int(to)),
    )
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


def _go(moves: list[Move], place: int, *, keep: bool = False) -> None:
    """Go to the step `place`; what plays goes on playing only where the step follows by itself."""
    if not keep:
        session.choose(PLAY, "off")
    if 0 <= place < len(moves):
        session.choose(NEURON, "0")
        session.select(moves[place].step.path)


def _play(moves: list[Move], place: int, on: bool) -> None:
    """From the last step it plays again from the first."""
    if on and place + 1 == len(moves):
        session.select(moves[0].step.path)
    session.choose(PLAY, "on" if on else "off")


def _neuron(move: Move) -> int:
    chosen = fields.as_number(session.noted(NEURON) or "0")
    return chosen if isinstance(chosen, int) and 0 <= chosen < len(move.after) else 0


def _choose_neuron(index: int) -> None:
    session.choose(NEURON, str(index))


def _vector(name: str, values: Tensor, chosen: int = -1, take: Callable[[int], None] | None = None) -> Item:
    """A vector as cells: with their numbers as long as they fit, then as squares, then its two ends."""
    finite = values[values.isfinite()].abs()
    reach = float(finite.max()) if len(finite) else 0.0
    count = len(values)
    dense = count > LISTED
    indexes = range(count) if count <= 2 * ENDS else [*range(ENDS), *range(count - ENDS, count)]
    kept = values[torch.tensor(list(indexes), dtype=torch.long)].tolist()
    shown: list[Cell] = [_cell(index, value, reach) for index, value in zip(indexes, kept, strict=True)]
    if count > 2 * ENDS:
        shown.insert(ENDS, (None, session.say(Message("… {n} more", n=count - 2 * ENDS)), 0.0, ""))
    label = session.say(Message("{n} numbers", n=count))
    return panel.cells(name, label, shown, chosen, take, dense=dense)


def _cell(index: int, value: float, reach: float) -> Cell:
    shade = value / reach if reach and math.isfinite(value) else 0.0
    return index, brief(value), round(shade, 3), f"{index + 1}: {brief(value, 6)}"


def _operation(module: nn.Module, move: Move, neuron: int, rows: int) -> None:
    """The layer, its shapes in two colours, and what it does with the numbers in front of one's eyes."""
    step = move.step
    title = f"{step.path} · {step.layer.kind} · {shape_text(step.input_shape)} → {shape_text(step.output_shape)}"
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
    made = shares(move, _temperature())
    if made:
        items += [text(made.line(neuron), "number"), _temperature_slider()]
    panel.panel(items, key="operation")
    drawn, added = curve(module, move, neuron), neuron_sum(module, move, neuron)
    if added:
        _sum(added)
    elif drawn:
        x, y = float(move.before[neuron]), float(move.after[neuron])
        names = (session.say(Message("what goes in")), session.say(Message("what comes out")))
        st.plotly_chart(draw_curve(*drawn, x, y, names, 400), key="curve", config={"displayModeBar": False})
    elif made:
        _softmax(made)


def _in_words(module: nn.Module, move: Move, neuron: int) -> list[Item]:
    """The number that leaves `neuron`, written out."""
    which = text(session.say(Message("Neuron {n}: click another at the right.", n=neuron + 1)))
    added = neuron_sum(module, move, neuron)
    if move.step.layer.family == "output":
        return [which]  # its line follows the temperature
    if added is None:
        return [which, text(in_numbers(module, move, neuron), "number")] if len(move.before) == len(move.after) else []
    said = [which, text(added.line(), "number")]
    if added.between:
        kept = Message("The {n} terms between the first five and the last are added up to one number.", n=added.between)
        said.append(text(session.say(kept)))
    if not bool(move.after.isfinite().all()):
        said.append(
            text(session.say(Message("Some numbers are not finite: they grew too large for float32.")), "notice")
        )
    return said


def _sum(added: Sum) -> None:
    """The terms of a sum one below the other, with what they have come to so far."""
    head = [Message("input"), Message("value"), Message("× weight"), Message("= product"), Message("sum so far")]
    rows, total = [], 0.0
    names = [f"x{n + 1}" for n in range(len(added.inputs))]
    if added.between:
        names = [*names[: TERMS - 1], names[-1]]
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
    chosen = fields.as_number(session.noted(TEMPERATURE) or "1")
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
        "from 88.8 on it would be infinite. After it the largest is exp(0) = 1, and the quotients stay the same, "
        "because every exponential is divided by the same number.",
        largest=brief(largest),
        plain=brief(made.unshifted),
    )


def _softmax_row(made: Shares, index: int) -> list[str]:
    numbers = [made.scores[index], made.shifted[index], made.exponentials[index], made.shares[index]]
    if made.logarithms:
        numbers.append(torch.log_softmax(made.scores, dim=-1)[index])
    return [session.say(Message("class {n}", n=index + 1)), *(brief(float(number), 4) for number in numbers)]
