"""Shapes without the batch axis: what they are, how many numbers they hold, and how they and their counts are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from builder.core.messages import Message, counted

Shape = tuple[int, ...]  # without the batch axis
Products = tuple[tuple[int, ...], ...]  # a sum of products of whole numbers

RANKS: Mapping[int, Message] = {
    1: Message("a flat vector"),
    2: Message("two axes (length × features, or channels × length)"),
    3: Message("an image (channels × height × width)"),
    4: Message("a volume (channels × depth × height × width)"),
}


class TokenShape(tuple[int, ...]):
    """The shape of whole numbers that stand for words: each is less than `vocabulary`."""

    vocabulary: int

    def __new__(cls, shape: Shape, vocabulary: int) -> TokenShape:
        made = super().__new__(cls, shape)
        made.vocabulary = vocabulary
        return made


def numel(shape: Shape) -> int:
    """How many numbers a tensor of `shape` holds, for one row of the batch; 1 for the empty shape, as in torch."""
    return prod(shape)


def format_shape(shape: Shape) -> str:
    """`3` for a flat vector, `1 × 28 × 28` for an image."""
    return " × ".join(f"{size:,}" for size in shape)


def feature_axis(shape: Shape) -> int:
    """Torch's number of the axis of features, the batch being 0: of images and volumes the channels, otherwise the last."""
    return 1 if len(shape) > 2 else len(shape)


def numbers(n: int) -> Message:
    """`3 numbers`."""
    return counted("{n} number", "{n} numbers", n=n)


def parameter_text(count: int) -> Message:
    """How many parameters a layer has: `8 parameters`, or that it has none."""
    return counted("{n} parameter", "{n} parameters", n=count) if count else Message("no parameters")


def parameter_term(name: str, shape: Shape) -> Message:
    """The parameter that torch calls `name`, in a line of arithmetic: `3 × 2 weights`."""
    if name.startswith("bias") or name.endswith("bias"):
        return counted("{product} bias", "{product} biases", n=prod(shape), product=format_shape(shape))
    return counted("{product} weight", "{product} weights", n=prod(shape), product=format_shape(shape))


def added(terms: Sequence[Message | str]) -> Message:
    """`a + b + c`: a sum of one or more terms as a message of its own."""
    total = Message("{a}", a=terms[0])
    for term in terms[1:]:
        total = Message("{a} + {b}", a=total, b=term)
    return total


def unravelled(index: int, shape: Shape) -> Shape:
    """Where the number with the flat `index` stands along each axis of `shape`."""
    found: list[int] = []
    for size in reversed(shape):
        index, here = divmod(index, size)
        found.append(here)
    return tuple(found[::-1])
