"""What a live network may take of the server's memory and time, and which layer takes too much."""

from __future__ import annotations

from collections.abc import Sequence

from builder.core.messages import Message, size_text
from builder.layers import Shape
from builder.layers.shapes import numel
from builder.network.spec import INPUT
from builder.network.step import FLOAT_BYTES, Problem, Step

LIVE_BUDGET = 64 * 10**6  # bytes that weights and signals of a live network may take
LIVE_SECONDS = 2.0  # that drawing its weights, or sending a batch through, may take, about
LIVE_MODULES = 4000  # that a network may have to be built at all, each copy of a repeat counted
NANOSECONDS = 0.1  # that a multiply-accumulate takes on one core, about


def over_budget(steps: Sequence[Step], merges: Sequence[Step], input_shape: Shape, rows: int) -> Problem | None:
    """The layer that keeps `steps` with a batch of `rows` rows from living, and why; None if they may live.

    `merges` are the blocks in which branches come together: what they give is a tensor of its own.
    """
    if not builds(steps):
        return Problem(max(steps, key=lambda step: step.times).path, _too_many(modules(steps)))
    if (needed := live_bytes(steps, merges, input_shape, rows)) > LIVE_BUDGET:
        numbers = {step.path: rows * _signal(step) for step in merges}
        numbers |= {step.path: step.count + rows * _signal(step) for step in steps}
        heaviest = max(numbers, key=lambda path: numbers[path], default=INPUT)
        if numbers.get(heaviest, 0) < rows * numel(input_shape):
            return Problem(INPUT, _too_wide(needed))
        return Problem(heaviest, _too_large(needed))
    if (seconds := live_seconds(steps, rows)) > LIVE_SECONDS:
        slowest = max(steps, key=lambda step: _nanoseconds(step) + NANOSECONDS * rows * step.macs)
        return Problem(slowest.path, _too_slow(seconds))
    return None


def modules(steps: Sequence[Step]) -> int:
    """How many layers there are, each copy counted."""
    return sum(step.times for step in steps)


def builds(steps: Sequence[Step]) -> bool:
    """May their module be made, at least without storage? It takes time for each copy of a layer."""
    return modules(steps) <= LIVE_MODULES


def live_bytes(steps: Sequence[Step], merges: Sequence[Step], input_shape: Shape, rows: int) -> int:
    """Memory for parameters, buffers and every signal of a batch of `rows` rows."""
    kept = sum(step.count + step.buffer_count for step in steps)
    signals = numel(input_shape) + sum(_signal(step) for step in (*steps, *merges))
    return FLOAT_BYTES * (kept + rows * signals)


def _signal(step: Step) -> int:
    """How many numbers all copies of a layer make of one row."""
    return step.times * numel(step.output_shape)


def live_seconds(steps: Sequence[Step], rows: int) -> float:
    """About how long drawing the weights and sending `rows` rows through takes on one core."""
    macs = sum(step.macs for step in steps)
    return 1e-9 * (sum(map(_nanoseconds, steps)) + NANOSECONDS * rows * macs)


def _nanoseconds(step: Step) -> int:
    shapes = step.parameter_shapes
    return step.times * sum(initializer.nanoseconds(shapes[name]) for name, initializer in step.layer.initial().items())


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
