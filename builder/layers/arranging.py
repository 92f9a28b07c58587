"""Layers that arrange the axes of what comes in anew, or take a part of one; they learn nothing."""

from __future__ import annotations

from math import prod
from typing import Annotated

from builder.core.messages import Message
from builder.core.options import Each, Several, option
from builder.layers.base import MAX_SIZE, Layer
from builder.layers.shapes import Shape, format_shape, numel
from builder.layers.signature import Signature

MOST_AXES = 4
AXIS = Message("Axis (dim)")
WHICH = Message("Which axis, counted from 1 behind the batch.")


def no_axis(dim: int, shape: Shape) -> Message | None:
    """That `shape` has no axis `dim`, if so."""
    if dim <= len(shape):
        return None
    return Message(
        "There is no axis {dim} in {a}; the last one is {last}.", dim=dim, a=format_shape(shape), last=len(shape)
    )


def _as_tuple(value: Several) -> Shape:
    return value if isinstance(value, tuple) else (value,)


class Arranging(Layer):
    family = "shape"


class Reshape(Arranging):
    kind = "Reshape"
    torch_class = "Reshape"
    signature = Signature("sizes")
    label = Message("Reshape")
    summary = Message(
        "Reads the numbers of a row in their order into other axes; one size may be −1: as many as are left."
    )
    formula = "(N, …) → (N, a, b, …)"

    sizes: Annotated[Several, Each(-1, MAX_SIZE, alike=False)] = option(
        -1, Message("Sizes"), Message("The size of each axis behind the batch, as in 4, 7, 7; −1: what is left.")
    )

    @property
    def wanted(self) -> Shape:
        return _as_tuple(self.sizes)

    def problem(self, shape: Shape) -> Message | None:
        if self.wanted.count(-1) > 1 or 0 in self.wanted:
            return Message("Each size is at least 1, and only one can be −1, what is left.")
        known, count = prod(size for size in self.wanted if size > 0), numel(shape)
        if known == count or (-1 in self.wanted and count % known == 0):
            return None
        return Message(
            "{n} numbers come in, and the sizes make {wanted} of them.", n=count, wanted=known
        ) if -1 not in self.wanted else Message(
            "{n} numbers come in, which can't be shared out among {wanted} evenly.", n=count, wanted=known
        )  # fmt: skip

    def mended(self, shape: Shape) -> Layer | None:
        """With what is left in the place of the first axis, if the others share it out; otherwise flat."""
        sizes = (-1, *(max(size, 1) for size in self.wanted[1:]))
        changed = self.with_option("sizes", sizes)
        return changed if changed.problem(shape) is None else self.with_option("sizes", -1)

    def output_shape(self, shape: Shape) -> Shape:
        known = prod(size for size in self.wanted if size > 0)
        return tuple(numel(shape) // known if size < 0 else size for size in self.wanted)


class Permute(Arranging):
    kind = "Permute"
    torch_class = "Permute"
    signature = Signature("dims")
    ranks = (2, 3, 4)
    label = Message("Permute")
    summary = Message("Puts the axes into another order: 2, 3, 1 brings the channels of an image to the end.")
    formula = "(N, A, B, C) → (N, B, C, A)"

    dims: Annotated[Several, Each(1, MOST_AXES)] = option(
        (2, 1),
        Message("Order (dims)"),
        Message("Which axis comes first, second and so on, counted from 1 behind the batch."),
    )

    @property
    def order(self) -> Shape:
        return _as_tuple(self.dims)

    def problem(self, shape: Shape) -> Message | None:
        if sorted(self.order) == list(range(1, len(shape) + 1)):
            return None
        return Message(
            "{shape} has {n} axes, so the order names each number from 1 to {n} once.",
            shape=format_shape(shape),
            n=len(shape),
        )

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("dims", (*range(2, len(shape) + 1), 1))

    def output_shape(self, shape: Shape) -> Shape:
        return tuple(shape[dim - 1] for dim in self.order)


class Squeeze(Arranging):
    kind = "Squeeze"
    torch_class = "Squeeze"
    signature = Signature("dim")
    ranks = (2, 3, 4)
    label = Message("Squeeze")
    summary = Message("Leaves out an axis of size 1.")
    formula = "(N, 1, B) → (N, B)"

    dim: int = option(1, AXIS, WHICH, ge=1, le=MOST_AXES)

    def problem(self, shape: Shape) -> Message | None:
        if (missing := no_axis(self.dim, shape)) or shape[self.dim - 1] == 1:
            return missing
        return Message(
            "Axis {dim} of {shape} has size {n}; only one of size 1 can be left out.",
            dim=self.dim, shape=format_shape(shape), n=shape[self.dim - 1],
        )  # fmt: skip

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("dim", shape.index(1) + 1) if 1 in shape else None

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[: self.dim - 1], *shape[self.dim :])


class Unsqueeze(Arranging):
    kind = "Unsqueeze"
    torch_class = "Unsqueeze"
    signature = Signature("dim")
    ranks = (1, 2, 3)
    label = Message("Unsqueeze")
    summary = Message("Puts an axis of size 1 in: a vector becomes a sequence of one feature, or of one step.")
    formula = "(N, B) → (N, 1, B)"

    dim: int = option(
        1, AXIS, Message("Which axis the new one will be, counted from 1 behind the batch."), ge=1, le=MOST_AXES
    )

    def problem(self, shape: Shape) -> Message | None:
        return no_axis(self.dim, (*shape, 1))

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("dim", len(shape) + 1)

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[: self.dim - 1], 1, *shape[self.dim - 1 :])


class Slice(Arranging):
    kind = "Slice"
    torch_class = "Slice"
    signature = Signature("dim", "start", "length")
    label = Message("Slice of an axis")
    summary = Message("Takes some positions of an axis, one behind the other, and leaves the others.")
    formula = "y = x[start : start + length]"

    dim: int = option(1, AXIS, WHICH, ge=1, le=MOST_AXES)
    start: int = option(0, Message("First position (start)"), Message("Counted from 0."), ge=0, le=MAX_SIZE)
    length: int = option(1, Message("How many (length)"), Message("How many positions are taken."), ge=1, le=MAX_SIZE)

    def problem(self, shape: Shape) -> Message | None:
        if missing := no_axis(self.dim, shape):
            return missing
        size = shape[self.dim - 1]
        if self.start + self.length <= size:
            return None
        return Message(
            "Axis {dim} of {shape} has {size} positions; {n} from number {start} on are too many.",
            dim=self.dim, shape=format_shape(shape), size=size, n=self.length, start=self.start,
        )  # fmt: skip

    def mended(self, shape: Shape) -> Layer | None:
        dim = min(self.dim, len(shape))
        start = min(self.start, shape[dim - 1] - 1)
        length = min(self.length, shape[dim - 1] - start)
        return type(self).checked(dict(self) | {"dim": dim, "start": start, "length": length})

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[: self.dim - 1], self.length, *shape[self.dim :])


class Chunk(Arranging):
    kind = "Chunk"
    torch_class = "Chunk"
    signature = Signature("chunks", "index", "dim")
    label = Message("Chunk (one part of an axis)")
    summary = Message("Cuts an axis into equal parts and takes one of them; in branches, each can take another.")
    formula = "y = x.chunk(chunks, dim)[index]"

    chunks: int = option(2, Message("Parts (chunks)"), Message("Into how many the axis is cut."), ge=1, le=MAX_SIZE)
    index: int = option(0, Message("Which part (index)"), Message("Counted from 0."), ge=0, le=MAX_SIZE)
    dim: int = option(1, AXIS, WHICH, ge=1, le=MOST_AXES)

    def problem(self, shape: Shape) -> Message | None:
        if missing := no_axis(self.dim, shape):
            return missing
        if shape[self.dim - 1] % self.chunks:
            return Message(
                "Axis {dim} of {shape} can't be cut into {n} equal parts.",
                dim=self.dim, shape=format_shape(shape), n=self.chunks,
            )  # fmt: skip
        if self.index < self.chunks:
            return None
        return Message(
            "There are {n} parts, counted from 0, so there is none with number {index}.",
            n=self.chunks,
            index=self.index,
        )

    def mended(self, shape: Shape) -> Layer | None:
        dim = min(self.dim, len(shape))
        chunks = next(n for n in range(min(self.chunks, shape[dim - 1]), 0, -1) if shape[dim - 1] % n == 0)
        return type(self).checked(dict(self) | {"dim": dim, "chunks": chunks, "index": min(self.index, chunks - 1)})

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[: self.dim - 1], shape[self.dim - 1] // self.chunks, *shape[self.dim :])


class ChannelShuffle(Arranging):
    torch_class = "nn.ChannelShuffle"
    signature = Signature("groups")
    ranks = (3, 2, 4)
    label = Message("ChannelShuffle")
    summary = Message(
        "Deals the channels of all groups out in turn, so that the next grouped convolution sees some of each "
        "(Zhang et al. 2018, “ShuffleNet”)."
    )
    formula = "(N, g · C, …) → (N, C · g, …)"

    groups: int = option(
        2, Message("Groups"), Message("Into how many groups the channels are split."), ge=1, le=MAX_SIZE
    )

    def problem(self, shape: Shape) -> Message | None:
        if shape[0] % self.groups == 0:
            return None
        return Message(
            "{groups} groups can't divide {channels} channels evenly.", groups=self.groups, channels=shape[0]
        )

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("groups", next(n for n in range(self.groups, 0, -1) if shape[0] % n == 0))
