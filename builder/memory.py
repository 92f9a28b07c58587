"""How much memory a network takes in training and afterwards, from its plan: what torch keeps, tensor by tensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal, get_args

from builder.layers import Layer, Shape
from builder.layers.base import TokenShape, features
from builder.layers.blocks import Block, Merge, Repeat
from builder.plan import Plan, Step

NumberType = Literal["float32", "float16", "bfloat16", "int8"]
Optimiser = Literal["SGD", "momentum", "Adam"]
NUMBER_TYPES: tuple[NumberType, ...] = get_args(NumberType)
OPTIMISERS: tuple[Optimiser, ...] = get_args(Optimiser)
SIZES: dict[NumberType, int] = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}  # bytes a number
STATES: dict[Optimiser, int] = {
    "SGD": 0,
    "momentum": 1,
    "Adam": 2,
}  # numbers that it keeps for each trainable parameter
TOKEN_BYTES = 8  # torch numbers words, and the places of maxima, with 64 bits


@dataclass(frozen=True)
class Memory:
    """Counts of numbers, each of `size` bytes; what is kept in `int64` is counted in bytes, beside.

    `kept` is what autograd keeps of a batch for the backward pass, each tensor once, parameters apart. `largest` is what goes
    into and comes out of the layer where that is most: all that a pass without gradients must hold at once. `estimated`
    are kinds of layers whose workings inside are only estimated.
    """

    size: int
    parameters: int
    trainable: int
    buffers: int
    state: int
    kept: int
    kept_bytes: int
    largest: int
    estimated: tuple[str, ...]

    @property
    def training(self) -> int:
        """Bytes for parameters, buffers, gradients, the optimiser's state, and what is kept for the backward pass."""
        numbers = self.parameters + self.buffers + self.trainable + self.state + self.kept
        return self.size * numbers + self.kept_bytes

    @property
    def inference(self) -> int:
        """Bytes for parameters, buffers, and the layer that holds most."""
        return self.size * (self.parameters + self.buffers + self.largest)


def memory(plan: Plan, rows: int, number: NumberType, optimiser: Optimiser) -> Memory:
    """What `plan` takes with `rows` rows, all numbers of one type, and this optimiser."""
    tape = _Tape(rows)
    tape.follow(plan)
    return Memory(
        size=SIZES[number],
        parameters=plan.count,
        trainable=plan.trainable,
        buffers=sum(step.buffer_count for step in plan.steps),
        state=STATES[optimiser] * plan.trainable,
        kept=sum(tape.kept.values()) + tape.beside,
        kept_bytes=TOKEN_BYTES * tape.integers,
        largest=max((rows * (features(s.input_shape) + features(s.output_shape)) for s in plan.steps), default=0),
        estimated=tuple(
            dict.fromkeys(step.layer.kind for step in plan.steps if step.layer.kept_beside(step.input_shape) is None)
        ),
    )


@dataclass(frozen=True)
class _Tensor:
    """A tensor on the way: which storage it lies in, its size for one row, and whether a gradient comes back to it."""

    storage: int
    numbers: int
    graded: bool
    whole: bool = True  # of numbers; words are no numbers to calculate with


class _Tape:
    """Follows a batch through the network as autograd does, and notes each storage that it keeps once."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.kept: dict[int, int] = {}  # numbers by storage
        self.beside = 0  # numbers that layers keep beside what goes in and out
        self.integers = 0
        self._storages = 0

    def follow(self, plan: Plan) -> None:
        words = isinstance(plan.input_shape, TokenShape)
        self._row(plan.parts, self._new(plan.input_shape, graded=False, words=words))

    def _new(self, shape: Shape, *, graded: bool, words: bool = False) -> _Tensor:
        self._storages += 1
        return _Tensor(self._storages, self.rows * features(shape), graded, not words)

    def _row(self, steps: Sequence[Step], x: _Tensor) -> _Tensor:
        for step in steps:
            x = self._one(step, x)
        return x

    def _one(self, step: Step, x: _Tensor) -> _Tensor:
        if not isinstance(step.layer, Block):
            return self._layer(step, x)
        if not isinstance(step.layer, Repeat):
            return self._once(step, x)
        for n in range(min(step.layer.times, 3)):
            before = self._sums()
            x = self._once(step, x)
            if n == 2:  # from the third on each copy keeps what the one before it keeps
                numbers, integers = (now - then for now, then in zip(self._sums(), before, strict=True))
                self.beside += (step.layer.times - 3) * numbers
                self.integers += (step.layer.times - 3) * integers
        return x

    def _sums(self) -> tuple[int, int]:
        return sum(self.kept.values()) + self.beside, self.integers

    def _once(self, step: Step, x: _Tensor) -> _Tensor:
        block, parts = step.layer, {part.layer.name: part for part in step.parts}
        assert isinstance(block, Block)

        def each(layer: Layer, x: _Tensor) -> _Tensor:
            return self._one(parts[layer.name], x)

        def merge(how: Merge, tensors: Sequence[_Tensor]) -> _Tensor:
            if len(tensors) == 1 and how.how != "concatenate":
                return tensors[0]
            graded = any(tensor.graded for tensor in tensors)
            if how.how == "product" and graded:
                for tensor in tensors:
                    self._keep(tensor)
            return self._new(step.output_shape, graded=graded)

        return block.through(x, each, merge)

    def _layer(self, step: Step, x: _Tensor) -> _Tensor:
        layer, shape = step.layer, step.input_shape
        learns = bool(step.parameter_shapes or step.shares) and not step.frozen
        graded = x.graded or learns
        if layer.is_view():
            return _Tensor(x.storage, x.numbers, graded, x.whole)
        y = self._new(step.output_shape, graded=graded)
        if not graded:
            return y
        if "input" in layer.kept() and (x.graded or learns) and (learns or not layer.weighs):
            self._keep(x)
        if "output" in layer.kept():
            self._keep(y)
        self.beside += self._beside(step)
        self.integers += self.rows * layer.kept_integers(shape)
        return y

    def _keep(self, tensor: _Tensor) -> None:
        if tensor.whole:
            self.kept[tensor.storage] = tensor.numbers
        else:
            self.kept[tensor.storage] = 0
            self.integers += tensor.numbers

    def _beside(self, step: Step) -> int:
        beside = step.layer.kept_beside(step.input_shape)
        if beside is None:  # an estimate: as much as comes out of its matrices
            return self.rows * sum(prod(product[:2]) for product in step.products)
        a_row, a_batch = beside
        return self.rows * a_row + a_batch
