"""What a live network may take of the server's memory and time, and which layer takes too much."""

from __future__ import annotations

from collections.abc import Sequence

from builder.core.messages import Message, size_text
from builder.layers import Shape
from builder.layers.blocks import Block
from builder.layers.shapes import numel
from builder.network.durations import merging, nanoseconds
from builder.network.spec import INPUT
from builder.network.step import FLOAT_BYTES, Problem, Step
from builder.network.temporaries import temporaries

LIVE_BUDGET = 288 * 10**6  # bytes that weights, signals and temporaries of a live network may take
LIVE_SECONDS = 2.0  # that drawing its weights, or sending a batch through, may take, about
LIGHT_BUDGET, LIGHT_SECONDS = 16 * 10**6, 0.1  # the same of one that is quick to answer for
LIVE_MODULES = 4000  # that a network may have to be built at all, each copy of a repeat counted

MADE = 200_000  # nanoseconds that making a module takes
BACK = 3  # times as long as forward takes the way back
LOOKED_AT, MEASURED = 1_000_000, 70  # nanoseconds that statistics of a signal take, and of each of its numbers
IN_DOUBLE = 6  # float32 numbers that they hold for each of the largest signal's


def over_budget(
    steps: Sequence[Step], merges: Sequence[Step], input_shape: Shape, rows: int, graded: bool = False
) -> Problem | None:
    """The layer that keeps `steps` with a batch of `rows` rows from living, and why; None if they may live.

    `merges` are the blocks in which branches come together: what they give is a tensor of its own. With `graded` a gradient
    goes back to every signal, and both are measured.
    """
    if not builds(steps):
        return Problem(max(steps, key=lambda step: step.times).path, _too_many(modules(steps)))
    if (needed := live_bytes(steps, merges, input_shape, rows, graded)) > LIVE_BUDGET:
        numbers = {step.path: rows * _signal(step) + _held(step, rows, graded) for step in merges}
        numbers |= {step.path: step.count + rows * _signal(step) + _held(step, rows, graded) for step in steps}
        heaviest = max(numbers, key=lambda path: numbers[path], default=INPUT)
        if numbers.get(heaviest, 0) < rows * numel(input_shape):
            return Problem(INPUT, _too_wide(needed))
        return Problem(heaviest, _too_large(needed))
    if (seconds := live_seconds(steps, merges, rows, graded)) > LIVE_SECONDS:
        slowest = max((*steps, *merges), key=lambda step: _nanoseconds(step, rows, graded))
        return Problem(slowest.path, _too_slow(seconds))
    return None


def modules(steps: Sequence[Step]) -> int:
    """How many layers there are, each copy counted."""
    return sum(step.times for step in steps)


def builds(steps: Sequence[Step]) -> bool:
    """May their module be made, at least without storage? It takes time for each copy of a layer."""
    return modules(steps) <= LIVE_MODULES


def live_bytes(
    steps: Sequence[Step], merges: Sequence[Step], input_shape: Shape, rows: int, graded: bool = False
) -> int:
    """Memory for parameters, buffers, every signal of a batch of `rows` rows, and the most that a layer holds for a while.

    With `graded` for gradients of the signals as well, for what each layer keeps till then, and for their statistics.
    """
    every = (*steps, *merges)
    kept = sum(step.count + step.buffer_count for step in steps)
    signals = rows * (numel(input_shape) + sum(map(_signal, every)))
    held = max((_temporaries(step, rows) for step in every), default=0)
    if graded:
        signals *= 2
        largest = rows * max(numel(input_shape), *(numel(step.output_shape) for step in every))
        held = sum(_held(step, rows, graded) for step in every) + max(2 * held, IN_DOUBLE * largest)
    return FLOAT_BYTES * (kept + signals + held)


def _signal(step: Step) -> int:
    """How many numbers all copies of a layer make of one row."""
    return step.times * numel(step.output_shape)


def _held(step: Step, rows: int, graded: bool) -> int:
    """What a layer holds beside its signals; with `graded` what autograd keeps of all its copies."""
    return (step.times if graded else 1) * _temporaries(step, rows, graded)


def _temporaries(step: Step, rows: int, graded: bool = False) -> int:
    if isinstance(step.layer, Block):
        return rows * numel(step.output_shape)  # of three or more branches what the first ones give together
    return temporaries(step.layer, step.input_shape, rows, graded)


def live_seconds(steps: Sequence[Step], merges: Sequence[Step], rows: int, graded: bool = False) -> float:
    """About how long drawing the weights and sending `rows` rows through takes on one core; `graded`: and back, and statistics."""
    return 1e-9 * sum(_nanoseconds(step, rows, graded) for step in (*steps, *merges))


def _nanoseconds(step: Step, rows: int, graded: bool) -> float:
    one = forward = _forward(step, rows)
    if graded:
        times = BACK * 2 + 1 if step.layer.family == "recurrent" else BACK  # through time once more, there and back
        one += times * forward + LOOKED_AT + 2 * MEASURED * rows * numel(step.output_shape)
    if not isinstance(step.layer, Block):
        shapes = step.parameter_shapes
        one += MADE + sum(initializer.nanoseconds(shapes[name]) for name, initializer in step.layer.initial().items())
    return step.times * one


def _forward(step: Step, rows: int) -> float:
    if isinstance(step.layer, Block):
        return merging(rows * sum(numel(part.output_shape) for part in (step, *step.parts)))
    return nanoseconds(step.layer, step.input_shape, rows)


def _too_many(modules: int) -> Message:
    return Message(
        "With all its copies the network has {n} layers, and a live network may have {limit} here. All is planned, counted and drawn.",
        n=modules,
        limit=LIVE_MODULES,
    )


def _too_large(needed: int) -> Message:
    return Message(
        "Weights and signals would need {needed}, and a live network may take {budget} here. All is planned, counted and "
        "drawn, and the code runs where there is memory; for live outputs, make this layer or the batch smaller.",
        needed=size_text(needed),
        budget=size_text(LIVE_BUDGET),
    )


def _too_wide(needed: int) -> Message:
    return Message(
        "Weights and signals would need {needed}, most of it for the input, and a live network may take {budget} here. All is "
        "planned, counted and drawn; for live outputs, make the batch smaller or take fewer input features.",
        needed=size_text(needed),
        budget=size_text(LIVE_BUDGET),
    )


def _too_slow(seconds: float) -> Message:
    return Message(
        "Drawing the weights and calculating would take about {seconds} seconds, too long for a live network here. All is planned, "
        "counted and drawn, and the code runs; for live outputs, make this layer or the batch smaller.",
        seconds=round(seconds),
    )
