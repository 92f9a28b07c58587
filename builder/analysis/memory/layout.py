"""How a batch lies in memory on the way through a network: sizes and strides as torch's CPU kernels make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch
from math import prod

from builder.layers import Layer, Shape
from builder.layers.activations import LogSigmoid, RReLU
from builder.layers.arranging import Chunk, Permute, Reshape, Slice, Squeeze, Unsqueeze
from builder.layers.attention import GLU, MultiheadAttention, TransformerEncoderLayer
from builder.layers.embedding import LearnedPositions, SegmentEmbedding, SinusoidalPositions
from builder.layers.framing import Crop2d
from builder.layers.normalization import LayerNorm2d, LayerScale, LocalResponseNorm, Scale
from builder.layers.pooling import (
    AdaptiveAvgPool1d,
    AdaptiveMaxPool1d,
    AvgPool1d,
    MaxPool1d,
    SequencePool,
)
from builder.layers.reading import ImageRows, Patches
from builder.layers.recurrent import GRU, LSTM, RNN
from builder.layers.regularization import AlphaDropout, Dropout, Dropout1d, Dropout2d
from builder.layers.shape import Flatten, Identity, Transpose, Unflatten

ELEMENTWISE = ("activation", "regularization")  # families whose layers leave each number in its place


@dataclass(frozen=True)
class Layout:
    """A tensor's sizes and strides, the batch's first, and how many numbers there are in the storage that it lies in."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    storage: int

    @classmethod
    def of(cls, sizes: tuple[int, ...], order: tuple[int, ...] = ()) -> Layout:
        """Without gaps, in a storage of its own; `order` is that of the axes, the outermost first, if not the usual one."""
        strides, stride = [0] * len(sizes), 1
        for axis in reversed(order or range(len(sizes))):
            strides[axis], stride = stride, stride * sizes[axis]
        return cls(sizes, tuple(strides), stride)

    @property
    def rows(self) -> int:
        return self.sizes[0]

    @property
    def shape(self) -> Shape:
        """Without the batch axis."""
        return self.sizes[1:]

    @property
    def numel(self) -> int:
        return prod(self.sizes)

    @property
    def is_contiguous(self) -> bool:
        """Does it lie without gaps in the usual order?"""
        usual = Layout.of(self.sizes).strides
        return all(a == b or size == 1 for a, b, size in zip(self.strides, usual, self.sizes, strict=True))

    def dense(self) -> Layout:
        """A new tensor whose axes lie in the same order, as element-wise functions make it."""
        return Layout.of(self.sizes, tuple(sorted(range(len(self.sizes)), key=lambda axis: -self.strides[axis])))

    def transposed(self, a: int, b: int) -> Layout:
        """A view with axes `a` and `b` swapped."""
        order = list(range(len(self.sizes)))
        order[a], order[b] = b, a
        return self.permuted(*order)

    def permuted(self, *order: int) -> Layout:
        """A view with the axes in this order."""
        return replace(self, sizes=tuple(self.sizes[n] for n in order), strides=tuple(self.strides[n] for n in order))

    def narrowed(self, axis: int, size: int) -> Layout:
        """A view of `size` places along `axis`."""
        return replace(self, sizes=(*self.sizes[:axis], size, *self.sizes[axis + 1 :]))

    def with_axis(self, axis: int) -> Layout:
        """A view with one more axis, of size 1."""
        stride = self.sizes[axis] * self.strides[axis] if axis < len(self.sizes) else 1
        sizes, strides = list(self.sizes), list(self.strides)
        sizes.insert(axis, 1)
        strides.insert(axis, stride)
        return replace(self, sizes=tuple(sizes), strides=tuple(strides))

    def selected(self, axis: int) -> Layout:
        """A view of one place along `axis`."""
        sizes, strides = list(self.sizes), list(self.strides)
        del sizes[axis], strides[axis]
        return replace(self, sizes=tuple(sizes), strides=tuple(strides))

    def view(self, *sizes: int) -> Layout | None:
        """The same numbers in the same storage with other sizes; None where torch has to copy (`computeStride` in ATen)."""
        strides: list[int] = []  # from the last axis on
        chunk, made, step = (
            1,
            1,
            self.strides[-1],
        )  # axes that lie as one: their numbers, those in new axes, their stride
        for axis in reversed(range(len(self.sizes))):
            chunk *= self.sizes[axis]
            if axis and (self.sizes[axis - 1] == 1 or self.strides[axis - 1] == chunk * step):
                continue
            while len(strides) < len(sizes) and (made < chunk or sizes[-1 - len(strides)] == 1):
                strides.append(made * step)
                made *= sizes[-len(strides)]
            if made != chunk:
                return None
            chunk, made, step = 1, 1, self.strides[axis - 1]
        return Layout(sizes, tuple(reversed(strides)), self.storage)

    @property
    def channels_last(self) -> bool:
        """Do channels × length lie as torch's channels_last? Its kernels for images, which calculate lines too, then keep that."""
        (_, channels, length), (row, channel, place) = self.sizes, self.strides
        return channel * channels <= place and channel < place * length <= row


@singledispatch
def view_of(layer: Layer, x: Layout) -> Layout | None:
    """The output of `layer` where it is a view of its input `x`, in the same storage; None where it is a new tensor."""
    return None


@view_of.register
def _(layer: Identity, x: Layout) -> Layout | None:
    return x


@view_of.register
def _(layer: Dropout | Dropout1d | Dropout2d | AlphaDropout, x: Layout) -> Layout | None:
    return x if layer.p == 0 else None


@view_of.register
def _(layer: Reshape, x: Layout) -> Layout | None:
    flat = x.view(x.rows, prod(x.shape))
    return flat.view(x.rows, *layer.output_shape(x.shape)) if flat else None


@view_of.register
def _(layer: Flatten | Unflatten, x: Layout) -> Layout | None:
    return x.view(x.rows, *layer.output_shape(x.shape))


@view_of.register
def _(layer: Transpose, x: Layout) -> Layout | None:
    return x.transposed(1, 2)


@view_of.register
def _(layer: Permute, x: Layout) -> Layout | None:
    return x.permuted(0, *layer.order)


@view_of.register
def _(layer: Squeeze, x: Layout) -> Layout | None:
    return x.selected(layer.dim)


@view_of.register
def _(layer: Unsqueeze, x: Layout) -> Layout | None:
    return x.with_axis(layer.dim)


@view_of.register
def _(layer: Slice | Chunk, x: Layout) -> Layout | None:
    return x.narrowed(layer.dim, layer.output_shape(x.shape)[layer.dim - 1])


@view_of.register
def _(layer: Crop2d, x: Layout) -> Layout | None:
    _, height, width = layer.output_shape(x.shape)
    return x.narrowed(2, height).narrowed(3, width)


@view_of.register
def _(layer: ImageRows, x: Layout) -> Layout | None:
    return x.transposed(1, 2).view(x.rows, *layer.output_shape(x.shape))


@view_of.register
def _(layer: SequencePool, x: Layout) -> Layout | None:
    return x.selected(1) if layer.take != "mean" else None


@singledispatch
def output_layout(layer: Layer, x: Layout) -> Layout:
    """How the output of `layer` lies in memory where it is no view of its input `x`: without gaps, in the usual order."""
    return x.dense() if layer.family in ELEMENTWISE else _usual(layer, x)


def _usual(layer: Layer, x: Layout) -> Layout:
    return Layout.of((x.rows, *layer.output_shape(x.shape)))


def _steps_first(x: Layout, width: int) -> Layout:
    return Layout.of((x.rows, x.shape[0], width), (1, 0, 2))


@output_layout.register
def _(layer: LogSigmoid | RReLU, x: Layout) -> Layout:
    return _usual(layer, x)  # they make a contiguous copy first


@output_layout.register
def _(
    layer: LayerScale | Scale | LocalResponseNorm | LearnedPositions | SegmentEmbedding | SinusoidalPositions, x: Layout
) -> Layout:
    return x.dense()


@output_layout.register
def _(layer: LayerNorm2d, x: Layout) -> Layout:
    return Layout.of(x.sizes, (0, 2, 3, 1))  # the channels of a pixel lie side by side


@output_layout.register
def _(layer: Patches, x: Layout) -> Layout:
    return Layout.of((x.rows, *layer.output_shape(x.shape)), (0, 2, 1))


@output_layout.register
def _(layer: GLU, x: Layout) -> Layout:
    return replace(x, sizes=(x.rows, *layer.output_shape(x.shape))).dense()


@output_layout.register
def _(layer: MaxPool1d | AvgPool1d | AdaptiveMaxPool1d | AdaptiveAvgPool1d, x: Layout) -> Layout:
    return Layout.of((x.rows, *layer.output_shape(x.shape)), (0, 2, 1) if x.channels_last else ())


@output_layout.register
def _(layer: MultiheadAttention, x: Layout) -> Layout:
    return _steps_first(x, x.shape[1])


@output_layout.register
def _(layer: TransformerEncoderLayer, x: Layout) -> Layout:
    return x.dense() if layer.norm_first else _usual(layer, x)  # a sum with `x`, or what a LayerNorm gives


@output_layout.register
def _(layer: RNN | LSTM | GRU, x: Layout) -> Layout:
    if layer.last and layer.bidirectional:
        return _usual(layer, x)  # both ends, put together
    steps = _steps_first(x, layer.directions * layer.state)
    return steps.selected(1) if layer.last else steps  # the last step is looked at where the whole output lies
