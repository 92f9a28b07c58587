"""How much memory a network takes in training and afterwards, from its plan: what torch keeps, tensor by tensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

from builder.layers import Layer, Shape
from builder.layers.blocks import Block, Branches, Merge, Repeat, Residual
from builder.layers.shapes import TokenShape, numel
from builder.network.plan import Plan
from builder.network.step import Step

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
COUNTER = "num_batches_tracked"  # the buffer that is no number to calculate with
TOKEN_BYTES = 8  # torch numbers words, and the places of maxima, with 64 bits


@dataclass(frozen=True)
class Memory:
    """Counts of numbers, each of `size` bytes; what is kept in whole numbers, and counters, is counted in bytes, beside.

    `kept` is what autograd keeps of a batch for the backward pass, each tensor once, parameters apart. `largest` is the most
    that a pass without gradients must hold at once: what goes into a layer and comes out of it, and what waits to be merged.
    `counters` are bytes: the steps that Adam counts for each parameter (float32) and the batches that a BatchNorm counts
    (int64). `estimated` are kinds of layers whose workings inside are only estimated. With int8 there is no training.
    """

    size: int
    parameters: int
    trainable: int
    buffers: int
    state: int
    counters: int
    kept: int
    kept_bytes: int
    largest: int
    estimated: tuple[str, ...]

    @property
    def training(self) -> int:
        """Bytes for parameters, buffers, gradients, the optimiser's state, and what is kept for the backward pass."""
        numbers = self.parameters + self.buffers + self.trainable + self.state + self.kept
        return self.size * numbers + self.kept_bytes + self.counters

    @property
    def inference(self) -> int:
        """Bytes for parameters, buffers, and the moment that holds most."""
        return self.size * (self.parameters + self.buffers + self.largest)


def memory(plan: Plan, rows: int, number: NumberType, optimiser: Optimiser) -> Memory:
    """What `plan` takes with `rows` rows, all numbers of one type, and this optimiser."""
    tape = _Tape(rows)
    tape.follow(plan)
    trains = number != "int8"
    batches = sum(step.times for step in plan.steps if COUNTER in step.layer.buffer_shapes(step.input_shape))
    steps = sum(step.times * len(step.parameter_shapes) for step in plan.steps if not step.frozen)
    return Memory(
        size=SIZES[number],
        parameters=plan.count,
        trainable=trains * plan.trainable,
        buffers=sum(step.buffer_count for step in plan.steps) - batches,
        state=trains * STATES[optimiser] * plan.trainable,
        counters=trains * (8 * batches + (4 * steps if optimiser == "Adam" else 0)),
        kept=trains * (sum(tape.kept.values()) + tape.beside),
        kept_bytes=trains * TOKEN_BYTES * tape.integers,
        largest=tape.largest,
        estimated=tuple(dict.fromkeys(step.layer.kind for step in plan.steps if step.layer.is_estimated())),
    )


def _learns(step: Step) -> bool:
    """Does a gradient go to parameters of this layer?"""
    return bool(step.parameter_shapes or step.shares) and not step.frozen


@dataclass(frozen=True)
class _Tensor:
    """A tensor on the way: which storage it lies in, the size of that, and whether a gradient comes back to it.

    `words` are no numbers to calculate with. `order` is that of its axes as they lie in memory, the outermost first; it is
    empty where that is the usual one.
    """

    storage: int
    numbers: int
    graded: bool
    words: bool = False
    order: tuple[int, ...] = ()


class _Tape:
    """Follows a batch through the network as autograd does, and notes each storage that it keeps once."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.kept: dict[int, int] = {}  # numbers by storage
        self.beside = 0  # numbers that layers keep beside what goes in and out
        self.integers = 0
        self.largest = 0  # numbers held at once, were nothing kept
        self._waiting: list[_Tensor] = []  # to be merged with what comes out of a block
        self._storages = 0

    def follow(self, plan: Plan) -> None:
        x = self._new(plan.input_shape, graded=False, words=isinstance(plan.input_shape, TokenShape))
        self._hold(x)
        self._row(plan.parts, x)

    def _new(self, shape: Shape, *, graded: bool, words: bool = False) -> _Tensor:
        self._storages += 1
        return _Tensor(self._storages, self.rows * numel(shape), graded, words)

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
        start, waiting = x, len(self._waiting)

        def each(layer: Layer, x: _Tensor) -> _Tensor:
            if not isinstance(block, Residual | Branches):
                return self._one(parts[layer.name], x)
            if x is start:
                self._waiting.append(x)  # for the next branch, or for the sum
            else:
                self._waiting.pop()  # what came out of the layer before goes into this one
            y = self._one(parts[layer.name], x)
            self._waiting.append(y)
            return y

        def merge(how: Merge, tensors: Sequence[_Tensor]) -> _Tensor:
            del self._waiting[waiting:]
            return self._merged(how, tensors, step.output_shape)

        return block.through(x, each, merge)

    def _merged(self, how: Merge, tensors: Sequence[_Tensor], shape: Shape) -> _Tensor:
        if len(tensors) == 1 and how.how != "concatenate":
            return tensors[0]
        if how.how != "product":
            y = self._new(shape, graded=any(tensor.graded for tensor in tensors))
            self._hold(*tensors, y)
            return replace(y, order=tensors[0].order) if how.how == "sum" else y
        y, *others = tensors
        for n, tensor in enumerate(
            others
        ):  # torch multiplies one by one, and keeps a factor if the other needs a gradient
            for factor, other in ((y, tensor), (tensor, y)):
                if other.graded:
                    self._keep(factor)
            product = replace(self._new(shape, graded=y.graded or tensor.graded), order=y.order)
            self._hold(y, product, *others[n:])
            y = product
        return y

    def _layer(self, step: Step, x: _Tensor) -> _Tensor:
        layer, shape, graded = step.layer, step.input_shape, x.graded or _learns(step)
        order = layer.order(x.order) if len(step.output_shape) == len(shape) == 2 else ()
        joins = len(step.output_shape) < len(shape) and numel(step.output_shape) == numel(shape)
        if layer.is_view() and not (joins and self._scattered(x, shape, range(1, len(shape) + 1))):
            return replace(x, graded=graded, order=order)
        y = replace(self._new((layer.stored(shape),), graded=graded), order=order)
        self._hold(x, y)
        if graded:
            self._keep_of(step, x, y)
        return y

    def _keep_of(self, step: Step, x: _Tensor, y: _Tensor) -> None:
        """Note what autograd keeps of a layer that makes `y` of `x`."""
        layer, shape, learns = step.layer, step.input_shape, _learns(step)
        kept, copies = layer.kept(x.graded), layer.copies_kept(learns)
        a_row, a_batch = layer.kept_beside(shape, x.graded, learns)
        if "output" in kept:
            self._keep(y)
        if "input" in kept and (learns or not layer.weighs):
            if layer.flattens and self._scattered(x, shape, range(len(shape))):
                a_row += numel(shape)
            else:
                self._keep(x)
        if copies and self._scattered(x, shape, (1, 0)):
            a_row += copies * numel(shape)
        elif copies:
            self._keep(x)
        self.beside += self.rows * a_row + a_batch
        self.integers += self.rows * layer.kept_integers(shape)

    def _scattered(self, x: _Tensor, shape: Shape, axes: Sequence[int]) -> bool:
        """Does `x` lie so that `axes`, the batch's among them as 0, can't be seen as one? Torch then makes a copy."""
        sizes = (self.rows, *shape)
        strides, stride = [0] * len(sizes), 1
        for axis in reversed(x.order or range(len(sizes))):
            strides[axis], stride = stride, stride * sizes[axis]
        seen = [axis for axis in axes if sizes[axis] > 1]
        return any(strides[outer] != strides[inner] * sizes[inner] for outer, inner in pairwise(seen))

    def _hold(self, *tensors: _Tensor) -> None:
        held = {tensor.storage: tensor.numbers for tensor in (*self._waiting, *tensors)}
        self.largest = max(self.largest, sum(held.values()))

    def _keep(self, tensor: _Tensor) -> None:
        if tensor.words and tensor.storage not in self.kept:
            self.integers += tensor.numbers
        self.kept[tensor.storage] = 0 if tensor.words else tensor.numbers
