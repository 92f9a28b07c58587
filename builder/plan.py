"""What a spec comes to – shapes, parameters, multiply-accumulates, the first problem – without building it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from builder.layers import Layer, Shape
from builder.layers.base import features
from builder.messages import Message, size_text
from builder.spec import INPUT, NetworkSpec

FLOAT_BYTES = 4  # float32
LIVE_BUDGET = 64 * 10**6  # bytes that weights and signals of a live network may take
LIVE_SECONDS = 2.0  # that drawing its weights may take, about


@dataclass(frozen=True)
class Step:
    """One layer in its place: what comes in, what goes out, what it learns. Shapes leave out the batch axis."""

    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameter_shapes: Mapping[str, Shape]
    macs: int

    @property
    def path(self) -> str:
        return self.layer.name

    @cached_property
    def count(self) -> int:
        """How many parameters the layer has."""
        return sum(map(prod, self.parameter_shapes.values()))

    @cached_property
    def buffer_count(self) -> int:
        return sum(map(prod, self.layer.buffer_shapes(self.input_shape).values()))


@dataclass(frozen=True)
class Problem:
    """The layer that does not fit, and why; `path` is empty when it is the network as a whole."""

    path: str
    message: Message


@dataclass(frozen=True)
class Plan:
    """The steps up to the first problem; the layers from there on have no step and are `blocked` or failing."""

    spec: NetworkSpec
    steps: tuple[Step, ...]
    problem: Problem | None

    @cached_property
    def count(self) -> int:
        """How many parameters the network has."""
        return sum(step.count for step in self.steps)

    @cached_property
    def trainable(self) -> int:
        """How many of them training may change."""
        return sum(step.count for step in self.steps if not step.layer.frozen)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates for one row."""
        return sum(step.macs for step in self.steps)

    @property
    def input_shape(self) -> Shape:
        return self.spec.input.shape

    @property
    def output_shape(self) -> Shape:
        """What leaves the last step."""
        return self.steps[-1].output_shape if self.steps else self.input_shape

    def step(self, path: str) -> Step | None:
        """The step of the layer at `path`, if it has one."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, Step]:
        return {step.path: step for step in self.steps}

    def why_not(self, path: str) -> Message:
        """Why the layer at `path` has no step: its own problem, or one before it."""
        if self.problem is not None and self.problem.path == path:
            return self.problem.message
        return Message("Waits for the layer before it to fit.")

    def live_bytes(self, rows: int) -> int:
        """Memory for parameters, buffers and every signal of a batch of `rows` rows."""
        kept = self.count + sum(step.buffer_count for step in self.steps)
        signals = features(self.input_shape) + sum(features(step.output_shape) for step in self.steps)
        return FLOAT_BYTES * (kept + rows * signals)

    def live_seconds(self) -> float:
        """About how long drawing the weights takes on one core."""
        return 1e-9 * sum(map(_nanoseconds, self.steps))

    def excess(self, rows: int) -> Problem | None:
        """The layer that keeps a network with a batch of `rows` rows from living, and why; None if it may live."""
        if (needed := self.live_bytes(rows)) > LIVE_BUDGET:
            numbers = {step.path: step.count + rows * features(step.output_shape) for step in self.steps}
            heaviest = max(numbers, key=lambda path: numbers[path], default=INPUT)
            if numbers.get(heaviest, 0) < rows * features(self.input_shape):
                return Problem(INPUT, _too_wide(needed))
            return Problem(heaviest, _too_large(needed))
        if (seconds := self.live_seconds()) > LIVE_SECONDS:
            return Problem(max(self.steps, key=_nanoseconds).path, _too_slow(seconds))
        return None

    def lives(self, rows: int) -> bool:
        """May a live network be built and a batch of `rows` rows be sent through it?"""
        return self.problem is None and self.excess(rows) is None


def _nanoseconds(step: Step) -> int:
    return sum(
        initializer.nanoseconds(step.parameter_shapes[name]) for name, initializer in step.layer.initial().items()
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
        "Drawing these weights would take about {seconds} seconds, too long for a live network here. All is planned, "
        "counted and drawn, and the code runs; for live outputs, make this layer smaller or choose another initializer.",
        seconds=round(seconds),
    )


def make_plan(spec: NetworkSpec) -> Plan:
    """The plan of `spec`. It never fails: a layer that does not fit ends the steps and becomes the problem."""
    steps: list[Step] = []
    shape = spec.input.shape
    for layer in spec.layers:
        if message := layer.problem(shape):
            return Plan(spec, tuple(steps), Problem(layer.name, message))
        after = layer.output_shape(shape)
        steps.append(Step(layer, shape, after, layer.parameter_shapes(shape), layer.macs(shape)))
        shape = after
    return Plan(spec, tuple(steps), None if steps else _EMPTY)


_EMPTY = Problem("", Message("The network has no layers yet: what goes in comes out. Add a dense layer to begin."))
