"""How a spec becomes its plan: the shape is followed through the layers, up to the first that does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from builder.core.messages import Message
from builder.core.options import Refusal
from builder.layers import Layer, Shape
from builder.layers.blocks import Block, Group, Repeat
from builder.layers.merges import Merge
from builder.layers.shapes import TokenShape, format_shape, numel
from builder.network.plan import Plan
from builder.network.spec import NetworkSpec
from builder.network.step import Problem, Step

MAX_COPIES = 1000  # of one layer, in repeats within repeats
TENSOR_NUMBERS = 2**61 - 1  # float32 numbers of one tensor: torch counts its bytes in 64 bits, one of them for the sign


def make_plan(spec: NetworkSpec, before: Plan | None = None) -> Plan:
    """The plan of `spec`. It never fails: a layer that does not fit ends the steps and becomes the problem.

    What is the same layer with the same input in `before`, a plan of something similar, keeps the step that it has there.
    """
    planner, parts, problem = _Planner(before), list[Step](), None
    try:
        planner.row(spec.layers, spec.input.shape, planner.start(), parts)
    except _Unfit as unfit:
        problem = unfit.problem
    else:
        problem = None if planner.steps else _EMPTY
    return Plan(spec, tuple(planner.steps), tuple(parts), planner.blocks, problem)


@dataclass(frozen=True)
class _Scope:
    """Where a layer is: what its paths begin with, in how many copies it is there, and whether a block around it is frozen."""

    path: str = ""
    module_path: str = ""
    times: int = 1
    frozen: bool = False
    known: Mapping[int, Step] = field(
        default_factory=dict
    )  # steps of the plan before in this very place, by their layer's id

    def inside(self, block: Block, known: Mapping[int, Step]) -> _Scope:
        number = "0." if isinstance(block, Repeat) else ""
        return _Scope(
            f"{self.path}{block.name}.",
            f"{self.module_path}{block.name}.{number}",
            self.times * block.copies,
            self.frozen or block.frozen,
            known,
        )


class _Unfit(Exception):
    """Ends the way through the layers: what does not fit."""

    def __init__(
        self, path: str, message: Message, mend: Callable[[], Layer | None] = lambda: None, shape: Shape = ()
    ) -> None:
        super().__init__(path)
        self.problem = Problem(path, message, _within_bounds(mend), shape)


def _within_bounds(mend: Callable[[], Layer | None]) -> Layer | None:
    """What `mend` makes; None where its own options would be out of bounds."""
    try:
        return mend()
    except (Refusal, ValidationError):
        return None


class _Planner:
    """Follows a shape through layers, and keeps what it found on the way. Each method raises `_Unfit` where it ends."""

    def __init__(self, before: Plan | None = None) -> None:
        # Where a weight is shared, a step depends on more than its layer and its input.
        self.before = before if before is not None and not before.shares else None
        self.steps: list[Step] = []
        self.blocks: dict[str, Step] = {}
        self.table: tuple[int, Step] | None = None  # the first Embedding, whose weight can be shared, and its place

    def start(self) -> _Scope:
        """Where the network's own layers are."""
        return _Scope(known=self._known(self.before.parts) if self.before else {})

    def _known(self, parts: Sequence[Step]) -> Mapping[int, Step]:
        """`parts` of the plan before by their layer's id, without blocks of which only a part fitted.

        Nor those that words went into: the shape of as many numbers is equal to theirs.
        """
        whole = self.before.blocks if self.before else {}
        fitted = (part for part in parts if part.path in whole or not isinstance(part.layer, Block))
        return {id(part.layer): part for part in fitted if not isinstance(part.input_shape, TokenShape)}

    def _known_inside(self, block: Block, scope: _Scope) -> Mapping[int, Step]:
        """What was in the block of this name, if a layer in it was then what it is now: as often, as frozen, at the same module path."""
        was = self.before.blocks.get(scope.path + block.name) if self.before else None
        if was is None or type(was.layer) is not type(block) or was.layer.copies != block.copies:
            return {}
        here = (scope.module_path + block.name, scope.times, scope.frozen or block.frozen)
        return self._known(was.parts) if here == (was.module_path, was.times, was.frozen) else {}

    def row(self, layers: Sequence[Layer], shape: Shape, scope: _Scope, made: list[Step]) -> Shape:
        """What leaves `layers`, one after the other; their steps go into `made`."""
        for layer in layers:
            shape = self.follow(layer, shape, scope, made)
        return shape

    def follow(self, layer: Layer, shape: Shape, scope: _Scope, made: list[Step]) -> Shape:
        """What leaves `layer`; its step goes into `made`, of a group that ends inside the one of what fits, too."""
        step = scope.known.get(id(layer))
        if step is not None and step.input_shape == shape and not isinstance(shape, TokenShape):
            self._again(step)
            made.append(step)
            return step.output_shape
        if isinstance(layer, Block):
            return self._block(layer, shape, scope, made)
        step = self._layer(layer, shape, scope)
        made.append(step)
        return step.output_shape

    def _again(self, step: Step) -> None:
        """Keep `step` of the plan before, with all that is in it."""
        if isinstance(step.layer, Block):
            for part in step.parts:
                self._again(part)
            self.blocks[step.path] = step
        else:
            self.steps.append(step)

    def _layer(self, layer: Layer, shape: Shape, scope: _Scope) -> Step:
        path = scope.path + layer.name
        if message := layer.unfit(shape):
            raise _Unfit(path, message, lambda: layer.mended(shape) if layer.takes(shape) else None, shape)
        shares = self._shared(layer, shape, scope)
        out, parameters = layer.output_shape(shape), layer.parameter_shapes(shape)
        for tensor in (out, *parameters.values()):
            _check_countable(path, tensor)
        step = Step(
            path,
            scope.module_path + layer.name,
            layer,
            shape,
            out,
            parameters,
            layer.products(shape),
            scope.times,
            scope.frozen or layer.frozen,
            shares=shares,
        )
        self._keep(step)
        return step

    def _keep(self, step: Step) -> None:
        first = self.table is None and step.times == 1
        if first and isinstance(step.input_shape, TokenShape) and step.parameter_shapes:
            self.table = (len(self.steps), step)
        if step.shares and step.frozen and self.table:
            at, owner = self.table
            self.steps[at] = replace(owner, frozen=True)  # requires_grad_(False) reaches the parameter, whoever asks
        self.steps.append(step)

    def _shared(self, layer: Layer, shape: Shape, scope: _Scope) -> dict[str, str]:
        """Whose its shared parameters are, by their names."""
        wanted, path = layer.shared_shapes(shape), scope.path + layer.name
        if not wanted:
            return {}
        if self.table is None or scope.times > 1:
            raise _Unfit(path, _NOTHING_TO_SHARE)
        _, owner = self.table
        theirs = owner.parameter_shapes["weight"]
        if theirs == wanted["weight"]:
            return {"weight": owner.path}
        message = Message(
            "The weight of {owner} is {theirs}, but {wanted} is needed here: as many words, and as many features, as {owner} has.",
            owner=owner.path,
            theirs=format_shape(theirs),
            wanted=format_shape(wanted["weight"]),
        )
        fits = theirs[1] == shape[-1]
        raise _Unfit(path, message, lambda: layer.with_option("out_features", theirs[0]) if fits else None)

    def _block(self, block: Block, shape: Shape, scope: _Scope, made: list[Step]) -> Shape:
        path, inside = scope.path + block.name, scope.inside(block, self._known_inside(block, scope))
        if inside.times > MAX_COPIES:
            raise _Unfit(path, _too_many_copies(inside.times))
        parts: list[Step] = []

        def merge(how: Merge, shapes: Sequence[Shape]) -> Shape:
            if message := how.problem(shapes):
                raise _Unfit(path, message, lambda: block.mended_inside(shape, shapes))
            return how.shape(shapes)

        def step(out: Shape) -> Step:
            name, frozen = scope.module_path + block.name, scope.frozen or block.frozen
            return Step(path, name, block, shape, out, {}, (), scope.times, frozen, tuple(parts))

        try:
            out = block.through(shape, lambda layer, x: self.follow(layer, x, inside, parts), merge)
        except _Unfit:
            if isinstance(block, Group):
                made.append(step(parts[-1].output_shape if parts else shape))
            raise
        if message := block.changed_shape(shape, out):
            raise _Unfit(path, message, lambda: block.mended(shape))
        _check_countable(path, out)
        self.blocks[path] = step(out)
        made.append(self.blocks[path])
        return out


def _check_countable(path: str, tensor: Shape) -> None:
    """Raises `_Unfit` where a tensor would be larger than any that torch can make."""
    if (numbers := numel(tensor)) > TENSOR_NUMBERS:
        raise _Unfit(path, _too_many_numbers(tensor, numbers))


def _too_many_numbers(tensor: Shape, numbers: int) -> Message:
    return Message(
        "A tensor of {shape} would have {n} numbers, and PyTorch counts a tensor's bytes in 64 bits: {limit} numbers are the "
        "most. Make this layer smaller, or what comes before it.",
        shape=format_shape(tensor),
        n=numbers,
        limit=TENSOR_NUMBERS,
    )


def _too_many_copies(n: int) -> Message:
    return Message("Repeats within repeats make {n} copies here; {limit} is the most.", n=n, limit=MAX_COPIES)


_NOTHING_TO_SHARE = Message("There is no Embedding outside of repeats, before this layer, whose weight it could share.")
_EMPTY = Problem("", Message("The network has no layers yet: what goes in comes out. Add a layer to begin."))
