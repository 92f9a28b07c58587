"""Pooling: many positions become few, without anything to learn."""

from __future__ import annotations

from typing import ClassVar, Literal

from builder.core.messages import Message
from builder.core.options import option
from builder.layers.base import Layer
from builder.layers.convolution import MAX_WINDOW
from builder.layers.shapes import Shape, format_shape
from builder.layers.signature import Signature


class Window(Layer):
    family = "pooling"
    signature = Signature("kernel_size")
    axes: ClassVar[int]

    kernel_size: int = option(
        2, Message("Kernel size"), Message("How many positions the window covers along each axis."), ge=1, le=MAX_WINDOW
    )
    stride: int = option(
        0,
        Message("Stride"),
        Message("How far the window moves at each step; 0: as far as it is wide."),
        ge=0,
        le=MAX_WINDOW,
    )
    padding: int = option(
        0, Message("Padding"), Message("How many positions are put around the input on each side."), ge=0, le=MAX_WINDOW
    )
    ceil_mode: bool = option(
        False, Message("Round up (ceil_mode)"), Message("Count a last window that reaches beyond the end, too.")
    )

    @property
    def reach(self) -> int:
        """How many positions the window spans along an axis."""
        return self.kernel_size

    def problem(self, shape: Shape) -> Message | None:
        if self.padding > self.kernel_size // 2:
            return Message(
                "Padding {padding} is more than half of the kernel size, {kernel}: some windows would see nothing but padding.",
                padding=self.padding,
                kernel=self.kernel_size,
            )
        if min(map(self._positions, shape[1:])) > 0:
            return None
        return Message(
            "The window spans {reach} positions, but {shape} with padding {padding} has only {size}. Take a smaller kernel or "
            "more padding.",
            reach=self.reach,
            shape=format_shape(shape),
            padding=self.padding,
            size=min(shape[1:]) + 2 * self.padding,
        )

    def mended(self, shape: Shape) -> Layer | None:
        kernel = min(self.kernel_size, *shape[1:])
        values = dict(self) | {"kernel_size": kernel, "padding": min(self.padding, kernel // 2)}
        changed = type(self).checked(values | ({"dilation": 1} if "dilation" in values else {}))
        return changed if changed.problem(shape) is None else None

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *map(self._positions, shape[1:]))

    def _positions(self, size: int) -> int:
        """How many windows there are; with ceil_mode the last must begin inside the input or its left padding."""
        stride = self.stride or self.kernel_size
        room = size + 2 * self.padding - self.reach
        if not self.ceil_mode:
            return room // stride + 1
        count = -(-room // stride) + 1
        return count - 1 if (count - 1) * stride >= size + self.padding else count


class MaxPool(Window):
    formula = "y = max of each window"

    dilation: int = option(
        1,
        Message("Dilation"),
        Message("How far the positions that the window looks at are apart."),
        ge=1,
        le=MAX_WINDOW,
    )

    @property
    def reach(self) -> int:
        return self.dilation * (self.kernel_size - 1) + 1


class MaxPool1d(MaxPool):
    torch_class = "nn.MaxPool1d"
    axes = 1
    ranks = (2,)
    label = Message("MaxPool1d (channels × length)")
    summary = Message("Keeps the largest number of each window along a line.")


class MaxPool2d(MaxPool):
    torch_class = "nn.MaxPool2d"
    axes = 2
    ranks = (3,)
    common = True
    label = Message("MaxPool2d (images)")
    summary = Message("Keeps the largest number of each window: the image gets smaller, the strongest signals stay.")


class AvgPool(Window):
    formula = "y = mean of each window"

    count_include_pad: bool = option(
        True, Message("Count the padding"), Message("Zeros of the padding count in the mean (count_include_pad).")
    )


class AvgPool1d(AvgPool):
    torch_class = "nn.AvgPool1d"
    axes = 1
    ranks = (2,)
    label = Message("AvgPool1d (channels × length)")
    summary = Message("The mean of each window along a line.")


class AvgPool2d(AvgPool):
    torch_class = "nn.AvgPool2d"
    axes = 2
    ranks = (3,)
    label = Message("AvgPool2d (images)")
    summary = Message("The mean of each window: the image gets smaller and smoother.")


class AdaptivePool(Layer):
    family = "pooling"
    signature = Signature("output_size")

    output_size: int = option(
        1,
        Message("Output size"),
        Message("How many positions come out along each axis, whatever goes in."),
        ge=1,
        le=MAX_WINDOW,
    )

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *[self.output_size] * (len(shape) - 1))


class AdaptiveAvgPool(AdaptivePool):
    formula = "y = mean of each part"


class AdaptiveMaxPool(AdaptivePool):
    formula = "y = max of each part"


class AdaptiveAvgPool1d(AdaptiveAvgPool):
    torch_class = "nn.AdaptiveAvgPool1d"
    ranks = (2,)
    label = Message("AdaptiveAvgPool1d (channels × length)")
    summary = Message("Means over as many windows as there shall be outputs along the line.")
    formula = "y = mean of each part"


class AdaptiveAvgPool2d(AdaptiveAvgPool):
    torch_class = "nn.AdaptiveAvgPool2d"
    ranks = (3,)
    label = Message("AdaptiveAvgPool2d (images)")
    summary = Message("Means over as many windows as there shall be outputs; with size 1 the mean of each channel.")
    formula = "y = mean of each part"


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    torch_class = "nn.AdaptiveMaxPool1d"
    ranks = (2,)
    label = Message("AdaptiveMaxPool1d (channels × length)")
    summary = Message("The largest numbers of as many windows as there shall be outputs along the line.")
    formula = "y = max of each part"


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    torch_class = "nn.AdaptiveMaxPool2d"
    ranks = (3,)
    label = Message("AdaptiveMaxPool2d (images)")
    summary = Message("The largest numbers of as many windows as there shall be outputs.")
    formula = "y = max of each part"


class SequencePool(Layer):
    kind = "SequencePool"
    torch_class = "SequencePool"
    signature = Signature("take")
    ranks = (2,)
    family = "pooling"
    label = Message("Mean, first or last of a sequence")
    summary = Message(
        "One vector for the whole sequence: the mean of all steps, or the first (a class token), or the last."
    )
    formula = "y = mean(x₁ … x_L), x₁ or x_L"

    take: Literal["mean", "first", "last"] = option(
        "mean", Message("Take"), Message("Which vector stands for the sequence.")
    )

    @classmethod
    def stem(cls) -> str:
        return "pool"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[1:]
