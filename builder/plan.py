"""What a spec comes to – shapes, parameters, multiply-accumulates, the first problem – without building it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from builder.call import Call, sequential
from builder.layers import Layer, Shape
from builder.layers.base import features
from builder.layers.blocks import Group
from builder.messages import Message, size_text
from builder.spec import INPUT, NetworkSpec

FLOAT_BYTES = 4  # float32
LIVE_BUDGET = 64 * 10**6  # bytes that weights and signals of a live network may take
LIVE_SECONDS = 2.0  # that drawing its weights may take, about


@dataclass(frozen=True)
class Step:
    """One layer in its place: what comes in, what goes out, what it learns. Shapes leave out the batch axis."""

    path: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameter_shapes: Mapping[str, Shape]
    macs: int

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
    """The steps up to the first problem; the layers from there on have no step and are `blocked` or failing.

    `steps` are the layers that compute, one after the other, those inside groups among them. `parts` are the network's
    own layers, a group as one; of a group with a problem inside it is the part that fits. `groups` are all that fit.
    """

    spec: NetworkSpec
    steps: tuple[Step, ...]
    parts: tuple[Step, ...]
    groups: Mapping[str, Step]
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
        """The step of the layer or group at `path`, if it has one."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, Step]:
        return {step.path: step for step in self.steps} | dict(self.groups)

    def why_not(self, path: str) -> Message:
        """Why the layer at `path` has no step: its own problem, or one before it."""
        if self.problem is not None and self.problem.path == path:
            return self.problem.message
        if self.problem is not None and self.problem.path.startswith(f"{path}."):
            return Message("In this group, {path} does not fit.", path=self.problem.path)
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
    planner = _Planner()
    parts = planner.follow(spec.layers, "", spec.input.shape)
    problem = planner.problem if planner.steps or planner.problem else _EMPTY
    return Plan(spec, tuple(planner.steps), tuple(parts), planner.groups, problem)


def network_call(plan: Plan) -> Call:
    """The call that makes the network as one `nn.Sequential`."""
    return sequential({part.layer.name: part.layer.constructor(part.input_shape) for part in plan.parts})


class _Planner:
    """Follows the shape through the layers, and keeps what it found on the way."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.groups: dict[str, Step] = {}
        self.problem: Problem | None = None

    def follow(self, layers: Iterable[Layer], prefix: str, shape: Shape) -> list[Step]:
        """The steps of `layers`, a group as one, up to the first problem."""
        made: list[Step] = []
        for layer in layers:
            path = prefix + layer.name
            step = self._group(path, layer, shape) if isinstance(layer, Group) else self._layer(path, layer, shape)
            made += [step] if step else []
            if self.problem or step is None:
                break
            shape = step.output_shape
        return made

    def _layer(self, path: str, layer: Layer, shape: Shape) -> Step | None:
        if message := layer.problem(shape):
            self.problem = Problem(path, message)
            return None
        step = _step(path, layer, shape)
        self.steps.append(step)
        return step

    def _group(self, path: str, group: Group, shape: Shape) -> Step:
        inner = self.follow(group.layers, f"{path}.", shape)
        if self.problem:
            group = group.model_copy(update={"layers": tuple(step.layer for step in inner)})
        step = _step(path, group, shape)
        if not self.problem:
            self.groups[path] = step
        return step


def _step(path: str, layer: Layer, shape: Shape) -> Step:
    return Step(path, layer, shape, layer.output_shape(shape), layer.parameter_shapes(shape), layer.macs(shape))


_EMPTY = Problem("", Message("The network has no layers yet: what goes in comes out. Add a dense layer to begin."))
