"""What a spec comes to – shapes, parameters, multiply-accumulates, the first problem – without building it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod

from builder.core.messages import Message, size_text
from builder.layers import Layer, Products, Shape
from builder.layers.blocks import Block, Branches, Group, Merge, Repeat, Residual
from builder.layers.shapes import TokenShape, format_shape, numel
from builder.network.spec import INPUT, NetworkSpec

FLOAT_BYTES = 4  # float32
LIVE_BUDGET = 64 * 10**6  # bytes that weights and signals of a live network may take
LIVE_SECONDS = 2.0  # that drawing its weights, or sending a batch through, may take, about
LIVE_MODULES = 4000  # that a network may have to be built at all, each copy of a repeat counted
MAX_COPIES = 1000  # of one layer, in repeats within repeats
NANOSECONDS = 0.1  # that a multiply-accumulate takes on one core, about


@dataclass(frozen=True)
class Step:
    """One layer in its place: what comes in, what goes out, what it learns. Shapes leave out the batch axis.

    A block has `parts`, the steps of the layers in it. In a repeat there are several copies of a layer: `times`, those of all
    repeats around it. `module_path` is the name of the first in `nn.Module.named_modules()`, `path` that without the
    numbers of copies. What `shares` names is another layer's, by that one's path.
    """

    path: str
    module_path: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameter_shapes: Mapping[str, Shape]
    products: Products
    times: int = 1
    frozen: bool = False
    parts: tuple[Step, ...] = ()
    shares: Mapping[str, str] = field(default_factory=dict)

    @property
    def once(self) -> int:
        """How many parameters a single copy of the layer has; those it shares are the other layer's."""
        if self.parts:
            return sum(part.count for part in self.parts) // self.times
        return sum(map(prod, self.parameter_shapes.values()))

    @property
    def count(self) -> int:
        """How many parameters the layer has, all copies together."""
        return sum(part.count for part in self.parts) if self.parts else self.times * self.once

    @property
    def trainable(self) -> int:
        """How many of them training may change."""
        if self.parts:
            return sum(part.trainable for part in self.parts)
        return 0 if self.frozen else self.count

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one row, all copies together."""
        return sum(part.macs for part in self.parts) if self.parts else self.times * sum(map(prod, self.products))

    @property
    def is_module(self) -> bool:
        """Does the class form make a module of this layer? If not, it is a function in `forward`."""
        return isinstance(self.layer, Block) or self.layer.application(self.input_shape) is None

    @cached_property
    def shared_count(self) -> int:
        """How many numbers of another layer it uses as its own."""
        return sum(map(prod, self.layer.shared_shapes(self.input_shape).values()))

    @cached_property
    def buffer_count(self) -> int:
        return self.times * sum(map(prod, self.layer.buffer_shapes(self.input_shape).values()))


@dataclass(frozen=True)
class Problem:
    """The layer that does not fit, and why; `path` is empty when it is the network as a whole.

    `instead` is the same layer with an option changed so that it fits, where one change is the obvious one; `shape` is what
    enters the layer.
    """

    path: str
    message: Message
    instead: Layer | None = None
    shape: Shape = ()


@dataclass(frozen=True)
class Plan:
    """The steps up to the first problem; the layers from there on have no step and are `blocked` or failing.

    `steps` are the layers that compute, those inside blocks among them, in the order of the list; a layer in a repeat is one
    step, however many copies there are. `parts` are the network's own layers, a block as one; of a group with a problem
    inside it is the part that fits, and other blocks are left out then. `blocks` are all that fit.
    """

    spec: NetworkSpec
    steps: tuple[Step, ...]
    parts: tuple[Step, ...]
    blocks: Mapping[str, Step]
    problem: Problem | None

    @cached_property
    def count(self) -> int:
        """How many parameters the network has."""
        return sum(step.count for step in self.steps)

    @cached_property
    def trainable(self) -> int:
        """How many of them training may change."""
        return sum(step.trainable for step in self.steps)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates for one row."""
        return sum(step.macs for step in self.steps)

    @property
    def input_shape(self) -> Shape:
        return self.spec.input.shape

    @property
    def output_shape(self) -> Shape:
        """What leaves the network, or what fits of it."""
        return self.parts[-1].output_shape if self.parts else self.input_shape

    @cached_property
    def modules(self) -> int:
        """How many layers there are, each copy counted."""
        return sum(step.times for step in self.steps)

    @cached_property
    def straight(self) -> bool:
        """Do flat vectors go through one layer after the other, and through each once?"""
        parallel = any(isinstance(step.layer, Residual | Branches) or step.times > 1 for step in self.blocks.values())
        flat = all(len(step.output_shape) == 1 for step in self.steps) and len(self.input_shape) == 1
        return flat and not parallel and not isinstance(self.input_shape, TokenShape)

    def step(self, path: str) -> Step | None:
        """The step of the layer or group at `path`, if it has one."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, Step]:
        return {step.path: step for step in self.steps} | dict(self.blocks)

    def why_not(self, path: str) -> Message:
        """Why the layer at `path` has no step: its own problem, or one before it."""
        if self.problem is not None and self.problem.path == path:
            return self.problem.message
        if self.problem is not None and self.problem.path.startswith(f"{path}."):
            return Message("In this block, {path} does not fit.", path=self.problem.path)
        return Message("Waits for the layer before it to fit.")

    def live_bytes(self, rows: int) -> int:
        """Memory for parameters, buffers and every signal of a batch of `rows` rows."""
        kept = self.count + sum(step.buffer_count for step in self.steps)
        signals = numel(self.input_shape) + sum(step.times * numel(step.output_shape) for step in self.steps)
        return FLOAT_BYTES * (kept + rows * signals)

    def live_seconds(self, rows: int) -> float:
        """About how long drawing the weights and sending `rows` rows through takes on one core."""
        return 1e-9 * (sum(map(_nanoseconds, self.steps)) + NANOSECONDS * rows * self.macs)

    @property
    def builds(self) -> bool:
        """May its module be made, at least without storage? It takes time for each copy of a layer."""
        return self.modules <= LIVE_MODULES

    def excess(self, rows: int) -> Problem | None:
        """The layer that keeps a network with a batch of `rows` rows from living, and why; None if it may live."""
        if not self.builds:
            return Problem(max(self.steps, key=lambda step: step.times).path, _too_many(self.modules))
        if (needed := self.live_bytes(rows)) > LIVE_BUDGET:
            numbers = {step.path: step.count + rows * step.times * numel(step.output_shape) for step in self.steps}
            heaviest = max(numbers, key=lambda path: numbers[path], default=INPUT)
            if numbers.get(heaviest, 0) < rows * numel(self.input_shape):
                return Problem(INPUT, _too_wide(needed))
            return Problem(heaviest, _too_large(needed))
        if (seconds := self.live_seconds(rows)) > LIVE_SECONDS:
            slowest = max(self.steps, key=lambda step: _nanoseconds(step) + NANOSECONDS * rows * step.macs)
            return Problem(slowest.path, _too_slow(seconds))
        return None

    def lives(self, rows: int) -> bool:
        """May a live network be built and a batch of `rows` rows be sent through it?"""
        return self.problem is None and self.excess(rows) is None


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


def make_plan(spec: NetworkSpec) -> Plan:
    """The plan of `spec`. It never fails: a layer that does not fit ends the steps and becomes the problem."""
    planner = _Planner()
    parts, _ = planner.row(spec.layers, spec.input.shape, _Where())
    problem = planner.problem if planner.steps or planner.problem else _EMPTY
    return Plan(spec, tuple(planner.steps), tuple(parts), planner.blocks, problem)


def copies(step: Step) -> Iterator[str]:
    """Between the module of a block and those of its parts: for each copy its own `0.`, `1.`, …, without a repeat nothing."""
    if not isinstance(step.layer, Repeat):
        yield ""
    else:
        yield from (f"{n}." for n in range(step.layer.times))


def every_copy(step: Step, prefix: str = "") -> Iterator[tuple[str, Step]]:
    """Each layer in `step`, every copy of it, with the name of its module, in the order in which torch makes them."""
    path = prefix + step.layer.name
    if not isinstance(step.layer, Block):
        yield path, step
        return
    for number in copies(step):
        for part in step.parts:
            yield from every_copy(part, f"{path}.{number}")


@dataclass(frozen=True)
class _Where:
    """Where a layer is: what its paths begin with, in how many copies it is there, and whether a block around it is frozen."""

    path: str = ""
    module_path: str = ""
    times: int = 1
    frozen: bool = False

    def inside(self, block: Block) -> _Where:
        number = "0." if isinstance(block, Repeat) else ""
        return _Where(
            f"{self.path}{block.name}.",
            f"{self.module_path}{block.name}.{number}",
            self.times * block.copies,
            self.frozen or block.frozen,
        )


class _Planner:
    """Follows the shape through the layers, and keeps what it found on the way; None is a shape that nobody knows."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.blocks: dict[str, Step] = {}
        self.problem: Problem | None = None
        self.table: tuple[int, Step] | None = (
            None  # the first Embedding, and which step it is: its weight can be shared
        )

    def row(self, layers: Sequence[Layer], shape: Shape | None, where: _Where) -> tuple[list[Step], Shape | None]:
        """The steps of `layers` one after the other, up to the first problem, and what leaves them."""
        made: list[Step] = []
        for layer in layers:
            shape = self.follow(layer, shape, where, made)
            if shape is None:
                break
        return made, shape

    def follow(self, layer: Layer, shape: Shape | None, where: _Where, made: list[Step]) -> Shape | None:
        """What leaves `layer`; its step goes into `made`."""
        if shape is None:
            return None
        step = self._block(layer, shape, where) if isinstance(layer, Block) else self._layer(layer, shape, where)
        if step is None:
            return None
        made.append(step)
        return None if self.problem else step.output_shape

    def _layer(self, layer: Layer, shape: Shape, where: _Where) -> Step | None:
        path = where.path + layer.name
        if message := layer.unfit(shape):
            self.problem = Problem(path, message, layer.mended(shape) if layer.takes(shape) else None, shape)
            return None
        shares = self._shared(layer, shape, where, path)
        if self.problem:
            return None
        step = Step(
            path,
            where.module_path + layer.name,
            layer,
            shape,
            layer.output_shape(shape),
            layer.parameter_shapes(shape),
            layer.products(shape),
            where.times,
            where.frozen or layer.frozen,
            shares=shares,
        )
        self._keep(step)
        return step

    def _keep(self, step: Step) -> None:
        if (
            self.table is None
            and isinstance(step.input_shape, TokenShape)
            and step.parameter_shapes
            and step.times == 1
        ):
            self.table = (len(self.steps), step)
        if step.shares and step.frozen and self.table:
            at, owner = self.table
            self.steps[at] = replace(owner, frozen=True)  # requires_grad_(False) reaches the parameter, whoever asks
        self.steps.append(step)

    def _shared(self, layer: Layer, shape: Shape, where: _Where, path: str) -> dict[str, str]:
        """Whose its shared parameters are; becomes the problem where nobody has such a parameter."""
        wanted = layer.shared_shapes(shape)
        if not wanted:
            return {}
        if self.table is None or where.times > 1:
            self.problem = Problem(path, _NOTHING_TO_SHARE)
            return {}
        _, owner = self.table
        theirs = owner.parameter_shapes["weight"]
        if theirs == wanted["weight"]:
            return {"weight": owner.path}
        instead = layer.with_option("out_features", theirs[0]) if theirs[1] == shape[-1] else None
        message = Message(
            "The weight of {owner} is {theirs}, but {wanted} is needed here: as many words, and as many features, as {owner} has.",
            owner=owner.path,
            theirs=format_shape(theirs),
            wanted=format_shape(wanted["weight"]),
        )
        self.problem = Problem(path, message, instead)
        return {}

    def _block(self, block: Block, shape: Shape, where: _Where) -> Step | None:
        path, inside = where.path + block.name, where.inside(block)
        if inside.times > MAX_COPIES:
            self.problem = Problem(path, _too_many_copies(inside.times))
            return None
        parts: list[Step] = []
        unmerged: list[Sequence[Shape]] = []

        def merge(how: Merge, shapes: Sequence[Shape | None]) -> Shape | None:
            known = [each for each in shapes if each is not None]
            if len(known) < len(shapes):
                return None
            if message := how.problem(known):
                unmerged.append(known)
                self.problem = Problem(path, message, block.mended_inside(shape, known))
                return None
            return how.shape(known)

        start: Shape | None = shape
        out = block.through(start, lambda layer, x: self.follow(layer, x, inside, parts), merge)
        if out is not None and (message := block.changed_shape(shape, out)):
            self.problem = Problem(path, message, block.mended(shape))
            out = None
        if out is None and not isinstance(block, Group):
            return None
        left = out if out is not None else parts[-1].output_shape if parts else shape
        step = Step(
            path,
            where.module_path + block.name,
            block,
            shape,
            left,
            {},
            (),
            where.times,
            where.frozen or block.frozen,
            tuple(parts),
        )
        if out is not None:
            self.blocks[path] = step
        return step


def _too_many_copies(n: int) -> Message:
    return Message("Repeats within repeats make {n} copies here; {limit} is the most.", n=n, limit=MAX_COPIES)


_NOTHING_TO_SHARE = Message("There is no Embedding outside of repeats, before this layer, whose weight it could share.")
_EMPTY = Problem("", Message("The network has no layers yet: what goes in comes out. Add a layer to begin."))
