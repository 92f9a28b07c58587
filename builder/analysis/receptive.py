"""How much of the input one number of a layer sees: its receptive field along each axis, with the arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch

from builder.layers import Layer, Shape
from builder.layers.arranging import ChannelShuffle, Chunk, Permute, Slice
from builder.layers.blocks import Block
from builder.layers.embedding import Embedding
from builder.layers.framing import Sides
from builder.layers.linear import Linear, TiedLinear
from builder.layers.merges import Merge
from builder.layers.shape import Identity, Transpose
from builder.layers.shapes import TokenShape
from builder.layers.transposed import ConvTranspose
from builder.layers.windows import Moving
from builder.network.plan import Plan
from builder.network.step import Step

KEEPS = ("activation", "output", "normalization", "regularization")  # whose numbers see what came to their place


@dataclass(frozen=True)
class Axis:
    """Along one axis: how many positions of the input are seen, how far neighbours look apart, and how that came about."""

    size: int
    jump: int
    arithmetic: str = ""

    def through(self, span: int, step: int) -> Axis:
        """What a number sees that looks at `span` of these, where its neighbour looks `step` further.

        r + (k − 1) · j, and the jump is j · s: Araujo, Norris & Sim 2019, “Computing receptive fields of convolutional neural networks”.
        """
        size = self.size + (span - 1) * self.jump
        return Axis(size, self.jump * step, f"{self.size:,} + ({span:,} − 1) × {self.jump:,} = {size:,}")


# For each axis behind the batch; None for one whose positions are none of the input's, such as channels.
Sight = tuple[Axis | None, ...]


def receptive_fields(plan: Plan) -> Mapping[str, tuple[Axis, ...]]:
    """By the paths of the layers that have one, what a number of them sees; of a repeated layer in its last copy.

    Statistics of a normalization, taken over an image, are left out, as is usual. Up to the first layer that sees everything.
    """
    found: dict[str, tuple[Axis, ...]] = {}
    sight: Sight | None = _beginning(plan.input_shape)
    for step in plan.parts:
        sight = _follow(step, sight, found)
    return found


def _beginning(shape: Shape) -> Sight | None:
    if isinstance(shape, TokenShape):
        return (Axis(1, 1),)
    here = Axis(1, 1)
    return {1: None, 2: (here, None)}.get(len(shape), (None, *[here] * (len(shape) - 1)))


def _follow(step: Step, sight: Sight | None, found: dict[str, tuple[Axis, ...]]) -> Sight | None:
    if isinstance(step.layer, Block):
        parts = {part.layer.name: part for part in step.parts}
        for _ in range(step.layer.copies):
            sight = step.layer.through(
                sight, lambda layer, x: _follow(parts[layer.name], x, found) if layer.name in parts else None, _merged
            )
        return sight
    after = None if sight is None else seen(step.layer, sight)
    found.pop(step.path, None)
    if after is not None and isinstance(step.layer, Moving):
        axes = tuple(axis for axis in after if axis is not None)
        if axes:
            found[step.path] = axes
    return after


def _merged(how: Merge, ways: Sequence[Sight | None]) -> Sight | None:
    """As far as the way sees that sees most; None where one of them sees everything, or nothing is known of it."""
    known = [way for way in ways if way is not None]
    if len(known) < len(ways) or len({len(way) for way in known}) > 1:
        return None
    return tuple(
        None if None in along else max((axis for axis in along if axis), key=lambda axis: axis.size)
        for along in zip(*known, strict=True)
    )


@singledispatch
def seen(layer: Layer, sight: Sight) -> Sight | None:
    """What a number that leaves `layer` sees, if those that come see `sight`; None where that is everything, or not known."""
    return sight if layer.family in KEEPS else None


@seen.register
def _(layer: Moving, sight: Sight) -> Sight | None:
    along = zip(sight[1:], layer.reach, layer.steps, strict=True)
    return (None, *(axis and axis.through(span, step) for axis, span, step in along))


@seen.register
def _(layer: ConvTranspose, sight: Sight) -> Sight | None:
    return None  # its neighbours do not look equally far apart


@seen.register
def _(layer: Identity | ChannelShuffle, sight: Sight) -> Sight | None:
    return sight


@seen.register
def _(layer: Sides, sight: Sight) -> Sight | None:
    return sight


@seen.register
def _(layer: Chunk | Slice, sight: Sight) -> Sight | None:
    return sight


@seen.register
def _(layer: Linear | TiedLinear, sight: Sight) -> Sight | None:
    return (*sight[:-1], None) if len(sight) > 1 else None


@seen.register
def _(layer: Embedding, sight: Sight) -> Sight | None:
    return (*sight, None)


@seen.register
def _(layer: Transpose, sight: Sight) -> Sight | None:
    return sight[::-1]


@seen.register
def _(layer: Permute, sight: Sight) -> Sight | None:
    return tuple(sight[dim - 1] for dim in layer.order)


def size_text(axes: Sequence[Axis]) -> str:
    """`8 × 8`: what is seen along each axis."""
    return " × ".join(f"{axis.size:,}" for axis in axes)


def arithmetic_text(axes: Sequence[Axis]) -> str:
    """`4 + (3 − 1) × 2 = 8`, for each axis once where they differ."""
    return "; ".join(dict.fromkeys(axis.arithmetic for axis in axes))
