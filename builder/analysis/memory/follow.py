"""Follows a batch through a network: which tensors autograd saves, and how many numbers are held at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from builder.analysis.memory.composed import composed, step_of
from builder.analysis.memory.layout import Layout, output_layout, view_of
from builder.analysis.memory.saved import Grads, saved_tensors
from builder.layers import Layer
from builder.layers.blocks import Block, Repeat
from builder.layers.merges import Merge
from builder.layers.shapes import TokenShape
from builder.network.plan import Plan
from builder.network.step import Step


@dataclass(frozen=True)
class Tensor:
    """A tensor on the way: in which storage it lies, and how; whether a gradient comes back to it; whether it is int64.

    In evaluation it lies in storage `held`, of `held_numel` numbers: Dropout then passes on what it is given.
    """

    storage: int
    layout: Layout
    requires_grad: bool
    held: int
    held_numel: int
    int64: bool = False


Waiting = tuple[Tensor, ...]  # tensors that are still needed when a row of layers has been followed
Row = tuple[Step, ...]  # layers one behind the other


class SavedTensors:
    """What autograd saves of a batch for the backward pass, each storage once, and the most that is held if it saves nothing."""

    def __init__(self) -> None:
        self.largest = 0  # numbers held at once, were nothing saved
        self._saved: dict[int, Tensor] = {}  # by storage
        self._numel = 0  # numbers saved beside what goes in and out of layers
        self._int64 = 0
        self._storages = count()

    @classmethod
    def of(cls, plan: Plan, rows: int) -> SavedTensors:
        """Those of `rows` rows that go through `plan`, or through what fits of it."""
        found = cls()
        x = found._new(Layout.of((rows, *plan.input_shape)), False, int64=isinstance(plan.input_shape, TokenShape))
        found._hold(x)
        found._row(plan.parts, x, ())
        return found

    @property
    def numel(self) -> int:
        """How many numbers are saved."""
        return self._numel + sum(tensor.layout.storage for tensor in self._saved.values() if not tensor.int64)

    @property
    def int64(self) -> int:
        """How many whole numbers of 64 bits are saved."""
        return self._int64 + sum(tensor.layout.storage for tensor in self._saved.values() if tensor.int64)

    def _new(self, layout: Layout, requires_grad: bool, *, int64: bool = False) -> Tensor:
        storage = next(self._storages)
        return Tensor(storage, layout, requires_grad, storage, layout.storage, int64)

    def _row(self, steps: Sequence[Step], x: Tensor, waiting: Waiting) -> Tensor:
        for step in steps:
            x = self._one(step, x, waiting)
        return x

    def _one(self, step: Step, x: Tensor, waiting: Waiting) -> Tensor:
        match step.layer:
            case Repeat(times=times):
                return self._repeated(step, times, x, waiting)
            case Block():
                return self._block(step, x, waiting)
        return self._layer(step, x, waiting)

    def _repeated(self, step: Step, times: int, x: Tensor, waiting: Waiting) -> Tensor:
        for n in range(min(times, 3)):
            numel, int64 = self.numel, self.int64
            x = self._block(step, x, waiting)
            if n == 2:  # from the third on each copy saves what the one before it saves
                self._numel += (times - 3) * (self.numel - numel)
                self._int64 += (times - 3) * (self.int64 - int64)
        return x

    def _block(self, step: Step, x: Tensor, waiting: Waiting) -> Tensor:
        """Rows side by side: while one is followed, what goes in and what came out of those before it wait."""
        how, rows = _rows(step)
        if how is None:
            return self._row(rows[0], x, waiting)
        results: Waiting = ()
        for row in rows:
            results += (self._row(row, x, (*waiting, x, *results)),)
        return self._merged(how, results, waiting)

    def _merged(self, how: Merge, tensors: Waiting, waiting: Waiting) -> Tensor:
        first, *others = tensors
        if how.how == "concatenate":
            sizes = (first.layout.rows, *how.shape([tensor.layout.shape for tensor in tensors]))
            y = self._new(Layout.of(sizes), any(tensor.requires_grad for tensor in tensors))
            self._hold(*waiting, *tensors, y)
            return y
        for n, other in enumerate(others):  # torch adds, or multiplies, one by one
            if how.how == "product":
                self._save_factors(first, other)
            grad, int64 = first.requires_grad or other.requires_grad, first.int64 and other.int64
            y = self._new(_broadcast(how, first.layout, other.layout), grad, int64=int64)
            self._hold(*waiting, first, *others[n:], y)
            first = y
        return first

    def _save_factors(self, *factors: Tensor) -> None:
        """Of a product, each factor is saved if the other needs a gradient."""
        for factor, other in (factors, factors[::-1]):
            if other.requires_grad:
                self._save(factor)

    def _layer(self, step: Step, x: Tensor, waiting: Waiting) -> Tensor:
        layer, grads = step.layer, Grads(x.requires_grad, _trains(step))
        requires_grad = grads.input or grads.weight
        if view := view_of(layer, x.layout):
            return replace(x, layout=view, requires_grad=requires_grad)
        layout = output_layout(layer, x.layout)
        if parts := composed(layer, step.input_shape[-1]):
            y = self._block(step_of(parts, step.input_shape, frozen=step.frozen), x, waiting)
            return replace(y, layout=layout)
        y = self._new(layout, requires_grad)
        if layer.family == "regularization":
            y = replace(y, held=x.held, held_numel=x.held_numel)
        self._hold(*waiting, x, y)
        if requires_grad:
            self._save_of(layer, grads, x, y)
        return y

    def _save_of(self, layer: Layer, grads: Grads, x: Tensor, y: Tensor) -> None:
        """Note what is saved of a layer that makes `y` of `x`."""
        saved = saved_tensors(layer, x.layout, grads)
        if saved.input:
            self._save(x)
        if saved.output:
            self._save(y)
        self._numel += saved.numel
        self._int64 += saved.int64

    def _save(self, tensor: Tensor) -> None:
        self._saved[tensor.storage] = tensor

    def _hold(self, *tensors: Tensor) -> None:
        held = {tensor.held: tensor.held_numel for tensor in tensors}
        self.largest = max(self.largest, sum(held.values()))


def _trains(step: Step) -> bool:
    """Does a gradient go to parameters of this layer?"""
    return bool(step.parameter_shapes or step.shares) and not step.frozen


def _broadcast(how: Merge, first: Layout, other: Layout) -> Layout:
    """How the sum or product of both lies: as the one does that has its shape."""
    shape = how.shape([first.shape, other.shape])
    whole = next((layout for layout in (first, other) if tuple(layout.shape) == tuple(shape)), None)
    return whole.dense() if whole else Layout.of((first.rows, *shape))


def _rows(step: Step) -> tuple[Merge | None, Sequence[Row]]:
    """The rows of layers that stand side by side in a block, and how what comes out is merged; of a single row, None.

    A group that does not fit as a whole has the steps of what fits.
    """
    parts = {part.layer.name: (part,) for part in step.parts}
    merges: list[tuple[Merge, Sequence[Row]]] = []

    def each(layer: Layer, row: Row) -> Row:
        return row + parts.get(layer.name, ())

    def merge(how: Merge, rows: Sequence[Row]) -> Row:
        merges.append((how, rows))
        return ()

    assert isinstance(step.layer, Block)
    empty: Row = ()
    row = step.layer.through(empty, each, merge)
    return merges[0] if merges else (None, [row])
