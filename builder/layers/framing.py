"""What is put around an image, or cut off it, on each side."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from builder.core.messages import Message
from builder.core.options import Each, Refusal, Several, option
from builder.layers.base import Layer
from builder.layers.shapes import Shape, format_shape
from builder.layers.signature import Signature
from builder.layers.windows import MAX_WINDOW

SIDES = Message("On each side: one number for all, or four – left, right, top, bottom – as in 1, 1, 0, 2.")


class Sides(Layer):
    """A layer whose `padding` is one number, or one for each side in torch's order: left, right, top, bottom."""

    family = "shape"
    signature = Signature("padding")
    ranks = (3,)

    padding: Annotated[Several, Each(0, MAX_WINDOW)] = option(1, Message("Padding"), SIDES)

    @model_validator(mode="after")
    def _four_sides(self) -> Self:
        if isinstance(self.padding, tuple) and len(self.padding) != 4:
            raise Refusal(
                Message("There are 4 sides: left, right, top and bottom; these are {n} numbers.", n=len(self.padding))
            )
        return self

    @property
    def sides(self) -> tuple[int, ...]:
        return self.padding if isinstance(self.padding, tuple) else (self.padding,) * 4

    def output_shape(self, shape: Shape) -> Shape:
        left, right, top, bottom = self.sides
        return (shape[0], shape[1] + top + bottom, shape[2] + left + right)


class ZeroPad2d(Sides):
    torch_class = "nn.ZeroPad2d"
    label = Message("ZeroPad2d (images)")
    summary = Message("Puts a frame of zeros around the image.")
    formula = "(N, C, H, W) → (N, C, H + 2p, W + 2p)"


class ReplicationPad2d(Sides):
    torch_class = "nn.ReplicationPad2d"
    label = Message("ReplicationPad2d (images)")
    summary = Message("Puts a frame around the image in which its edge is repeated.")
    formula = "(N, C, H, W) → (N, C, H + 2p, W + 2p)"


class ReflectionPad2d(Sides):
    torch_class = "nn.ReflectionPad2d"
    label = Message("ReflectionPad2d (images)")
    summary = Message("Puts a frame around the image in which it is seen as in a mirror at its edge.")
    formula = "(N, C, H, W) → (N, C, H + 2p, W + 2p)"

    def problem(self, shape: Shape) -> Message | None:
        left, right, top, bottom = self.sides
        for size, most in ((shape[2], max(left, right)), (shape[1], max(top, bottom))):
            if most >= size:
                return Message(
                    "A mirror shows at most {most} of {size} pixels on a side; the padding is {n}.",
                    most=size - 1, size=size, n=most,
                )  # fmt: skip
        return None

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("padding", _within(self.sides, shape[2] - 1, shape[1] - 1))


class Crop2d(Sides):
    kind = "Crop2d"
    torch_class = "Crop2d"
    label = Message("Crop2d (images)")
    summary = Message("Cuts the edge of an image off, as where a U-Net without padding brings both ways to one size.")
    formula = "(N, C, H, W) → (N, C, H − 2p, W − 2p)"

    padding: Annotated[Several, Each(0, MAX_WINDOW)] = option(1, Message("Cut off"), SIDES)

    def problem(self, shape: Shape) -> Message | None:
        if min(self.output_shape(shape)[1:]) > 0:
            return None
        return Message("Nothing would be left of {shape}; cut less off.", shape=format_shape(shape))

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("padding", _within(self.sides, (shape[2] - 1) // 2, (shape[1] - 1) // 2))

    def output_shape(self, shape: Shape) -> Shape:
        left, right, top, bottom = self.sides
        return (shape[0], shape[1] - top - bottom, shape[2] - left - right)


def _within(sides: tuple[int, ...], across: int, down: int) -> tuple[int, ...]:
    """`sides`, each no more than fits across or down."""
    left, right, top, bottom = sides
    return (min(left, across), min(right, across), min(top, down), min(bottom, down))
