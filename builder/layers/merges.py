"""How tensors that come from several ways become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from builder.core.messages import Message, counted
from builder.layers.shapes import Shape, TokenShape, format_shape

MergeKind = Literal["concatenate", "sum", "product"]
SIGNS = {"concatenate": "concat", "sum": "+", "product": "×"}


@dataclass(frozen=True)
class Merge:
    """How several tensors become one; `dim` is torch's axis of a concatenation, 0 the batch.

    One that `broadcasts` repeats what is of size 1 along an axis as often as the others need it there; so does torch.
    """

    how: MergeKind
    dim: int = 1
    broadcasts: bool = True

    @property
    def sign(self) -> str:
        """How a drawing shows it."""
        return SIGNS[self.how]

    def problem(self, shapes: Sequence[Shape]) -> Message | None:
        """Why `shapes` can't be merged so, with the shapes and the axis; None if they can."""
        if self.how != "concatenate" and len(shapes) > 1 and any(isinstance(shape, TokenShape) for shape in shapes):
            return Message(
                "Tokens only name words, so they can't be added or multiplied. Add an Embedding before the block."
            )
        first, other = shapes[0], next((shape for shape in shapes if not self._matches(shapes[0], shape)), None)
        if other is None and self._repeats(shapes):
            first, other = next(((a, b) for a in shapes for b in shapes if not self._matches(a, b)), (first, None))
        if other is None:
            return None
        if self.how != "concatenate" or len(first) != len(other):
            return Message(
                "{a} and {b} can't be merged: both must have the same shape.",
                a=format_shape(first),
                b=format_shape(other),
            )
        if self.dim > len(first):
            return Message(
                "There is no axis {dim} in {a}; the last one is {last}.",
                dim=self.dim,
                a=format_shape(first),
                last=len(first),
            )
        axis = next(n for n, (a, b) in enumerate(zip(first, other, strict=True), 1) if n != self.dim and a != b)
        return Message(
            "{a} and {b} can't be concatenated along axis {dim}: on axis {axis} one has {one} and the other {two}.",
            a=format_shape(first), b=format_shape(other), dim=self.dim, axis=axis, one=first[axis - 1], two=other[axis - 1],
        )  # fmt: skip

    def _matches(self, first: Shape, other: Shape) -> bool:
        if self.how != "concatenate":
            same = len(first) == len(other) and all(a == b or 1 in (a, b) for a, b in zip(first, other, strict=True))
            return same if self.broadcasts else tuple(first) == tuple(other)
        if len(first) != len(other) or self.dim > len(first):
            return False
        return all(a == b for n, (a, b) in enumerate(zip(first, other, strict=True), 1) if n != self.dim)

    def shape(self, shapes: Sequence[Shape]) -> Shape:
        """What comes out, without the batch axis."""
        if self.how != "concatenate":
            return tuple(map(max, *shapes)) if self._repeats(shapes) else shapes[0]
        at = self.dim - 1
        joined = (*shapes[0][:at], sum(shape[at] for shape in shapes), *shapes[0][at + 1 :])
        tokens = [shape.vocabulary for shape in shapes if isinstance(shape, TokenShape)]
        return TokenShape(joined, max(tokens)) if len(tokens) == len(shapes) else joined

    def _repeats(self, shapes: Sequence[Shape]) -> bool:
        return self.how != "concatenate" and any(tuple(shape) != tuple(shapes[0]) for shape in shapes)

    def said(self, shapes: Sequence[Shape]) -> Message | None:
        """What is repeated along which axis, where `shapes` differ: torch does it in silence. None where nothing is."""
        if not self._repeats(shapes):
            return None
        out = self.shape(shapes)
        small = next(shape for shape in shapes if tuple(shape) != out)
        axes = [str(n) for n, (a, b) in enumerate(zip(small, out, strict=True), 1) if a != b]
        return counted(
            "{small} meets {out}: along axis {axes}, where it has size 1, its numbers count for every place (broadcasting).",
            "{small} meets {out}: along axes {axes}, where it has size 1, its numbers count for every place (broadcasting).",
            n=len(axes), small=format_shape(small), out=format_shape(out), axes=", ".join(axes),
        )  # fmt: skip


SUM = Merge("sum", broadcasts=False)  # what a residual block adds: a smaller body is a mistake there
