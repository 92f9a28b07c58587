"""What one layer comes to in its place: its step, or the problem that it has there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

from builder.core.messages import Message
from builder.layers import Layer, Products, Shape
from builder.layers.blocks import Block, Repeat

FLOAT_BYTES = 4  # float32


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
    def per_copy(self) -> int:
        """How many parameters a single copy of the layer has; those it shares are the other layer's."""
        if self.parts:
            return sum(part.count for part in self.parts) // self.times
        return sum(map(prod, self.parameter_shapes.values()))

    @property
    def count(self) -> int:
        """How many parameters the layer has, all copies together."""
        return sum(part.count for part in self.parts) if self.parts else self.times * self.per_copy

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

    @property
    def tensor_shapes(self) -> Mapping[str, Shape]:
        """Its parameters, those that it shares among them."""
        return {**self.layer.shared_shapes(self.input_shape), **self.parameter_shapes}

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
