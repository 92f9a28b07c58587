"""Pooling: many positions become few, without anything to learn."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from builder.core.messages import Message
from builder.core.options import Refusal, Several, option
from builder.layers.base import Layer
from builder.layers.shapes import Shape
from builder.layers.signature import Signature
from builder.layers.windows import Along, Border, Moving, Size

COVERS = Message("How many positions the window covers: one number for all axes, or one for each, as in 3, 5.")
OUTPUTS = Message("How many positions come out along each axis, whatever goes in.")


class Window(Moving):
    family = "pooling"
    signature = Signature("kernel_size")

    kernel_size: Size = option(2, Message("Kernel size"), COVERS)
    stride: Border = option(
        0, Message("Stride"), Message("How far the window moves at each step; 0: as far as it is wide.")
    )
    padding: Border = option(
        0, Message("Padding"), Message("How many positions are put around the input on each side.")
    )
    ceil_mode: bool = option(
        False, Message("Round up (ceil_mode)"), Message("Count a last window that reaches beyond the end, too.")
    )

    @field_validator("stride")
    @classmethod
    def _moves(cls, stride: Several) -> Several:
        if isinstance(stride, tuple) and 0 in stride:
            raise Refusal(Message("A window that has a stride for each axis moves along each: 0 is too small."))
        return stride

    @property
    def steps(self) -> Shape:
        return self.each(self.stride or self.kernel_size)

    def problem(self, shape: Shape) -> Message | None:
        for border, kernel in zip(self.each(self.padding), self.each(self.kernel_size), strict=True):
            if border > kernel // 2:
                return Message(
                    "Padding {padding} is more than half of the kernel size, {kernel}: some windows would see nothing but padding.",
                    padding=border,
                    kernel=kernel,
                )
        return None if min(self.output_shape(shape)[1:]) > 0 else self.too_narrow(shape)

    def mended(self, shape: Shape) -> Layer | None:
        kernel = tuple(map(min, self.each(self.kernel_size), shape[1:]))
        padding = tuple(min(border, size // 2) for border, size in zip(self.each(self.padding), kernel, strict=True))
        values = dict(self) | {"kernel_size": kernel, "padding": padding}
        changed = type(self).checked(values | ({"dilation": 1} if "dilation" in values else {}))
        return changed if changed.problem(shape) is None else None

    def output_shape(self, shape: Shape) -> Shape:
        along = zip(shape[1:], self.room(shape), self.reach, self.steps, self.each(self.padding), strict=True)
        return (shape[0], *(self._positions(*axis) for axis in along))

    def _positions(self, size: int, room: int, span: int, step: int, border: int) -> int:
        """How many windows there are; with ceil_mode the last must begin inside the input or its left padding."""
        if not self.ceil_mode:
            return (room - span) // step + 1
        count = -(-(room - span) // step) + 1
        return count - 1 if (count - 1) * step >= size + border else count


class MaxPool(Window):
    formula = "y = max of each window"

    dilation: Size = option(
        1, Message("Dilation"), Message("How far the positions that the window looks at are apart.")
    )

    def problem(self, shape: Shape) -> Message | None:
        if message := super().problem(shape):
            return message
        along = zip(
            shape[1:],
            self.output_shape(shape)[1:],
            self.steps,
            self.each(self.padding),
            self.each(self.kernel_size),
            self.each(self.dilation),
            strict=True,
        )
        if not any(self._is_blind(*axis) for axis in along):
            return None
        return Message(
            "With this dilation and padding, a window sees nothing but padding, and the maximum of nothing is −∞. Take less of either."
        )

    def mended(self, shape: Shape) -> Layer | None:
        if super().problem(shape) is None:  # some window sees padding alone
            return self.with_option("dilation", 1)
        return super().mended(shape)

    def _is_blind(self, size: int, windows: int, step: int, border: int, kernel: int, apart: int) -> bool:
        """Does a window look at padding alone along this axis: one that begins before the input, or the last, behind it?"""
        early = [at for n in range(min(windows, border)) if (at := n * step - border) < 0]
        first = [
            (at + -(at // apart) * apart, -(at // apart)) for at in early
        ]  # the first place inside, and which it is
        missing = any(which >= kernel or place >= size for place, which in first)
        return missing or (windows - 1) * step - border >= size


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


class MaxPool3d(MaxPool):
    torch_class = "nn.MaxPool3d"
    axes = 3
    ranks = (4,)
    label = Message("MaxPool3d (volumes)")
    summary = Message("Keeps the largest number of each window in a volume.")


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


class AvgPool3d(AvgPool):
    torch_class = "nn.AvgPool3d"
    axes = 3
    ranks = (4,)
    label = Message("AvgPool3d (volumes)")
    summary = Message("The mean of each window in a volume.")

    def problem(self, shape: Shape) -> Message | None:
        kernel, size = max(zip(self.each(self.kernel_size), shape[1:], strict=True), key=lambda both: both[0] - both[1])
        if kernel <= size:
            return super().problem(shape)
        return Message(
            "AvgPool3d takes no window larger than the volume, whatever the padding: {kernel} is more than {size}.",
            kernel=kernel,
            size=size,
        )


class AdaptivePool(Along):
    family = "pooling"
    signature = Signature("output_size")

    output_size: Size = option(1, Message("Output size"), OUTPUTS)

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], *self.each(self.output_size))


class AdaptiveAvgPool(AdaptivePool):
    formula = "y = mean of each part"


class AdaptiveMaxPool(AdaptivePool):
    formula = "y = max of each part"


class AdaptiveAvgPool1d(AdaptiveAvgPool):
    torch_class = "nn.AdaptiveAvgPool1d"
    axes = 1
    ranks = (2,)
    label = Message("AdaptiveAvgPool1d (channels × length)")
    summary = Message("Means over as many windows as there shall be outputs along the line.")


class AdaptiveAvgPool2d(AdaptiveAvgPool):
    torch_class = "nn.AdaptiveAvgPool2d"
    axes = 2
    ranks = (3,)
    label = Message("AdaptiveAvgPool2d (images)")
    summary = Message("Means over as many windows as there shall be outputs; with size 1 the mean of each channel.")


class AdaptiveAvgPool3d(AdaptiveAvgPool):
    torch_class = "nn.AdaptiveAvgPool3d"
    axes = 3
    ranks = (4,)
    label = Message("AdaptiveAvgPool3d (volumes)")
    summary = Message(
        "Means over as many parts of a volume as there shall be outputs; with size 1 the mean of each channel."
    )


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    torch_class = "nn.AdaptiveMaxPool1d"
    axes = 1
    ranks = (2,)
    label = Message("AdaptiveMaxPool1d (channels × length)")
    summary = Message("The largest numbers of as many windows as there shall be outputs along the line.")


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    torch_class = "nn.AdaptiveMaxPool2d"
    axes = 2
    ranks = (3,)
    label = Message("AdaptiveMaxPool2d (images)")
    summary = Message("The largest numbers of as many windows as there shall be outputs.")


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
