"""Convolutions: the same small window of weights at every position. All windows are as high as they are wide."""

from __future__ import annotations

from math import gcd
from typing import ClassVar, Self

from pydantic import model_validator

from builder.core.messages import Message, counted
from builder.core.options import Refusal, option
from builder.initializers import BiasInitializer, Default, Initializer, KernelInitializer
from builder.layers.base import MAX_SIZE, Layer, Learned
from builder.layers.shapes import Products, Shape, format_shape
from builder.layers.signature import Constant, FromShape, Signature, Switch

MAX_WINDOW = 1000


class _Convolution(Learned):
    family = "convolution"
    axes: ClassVar[int]  # along how many axes the window moves

    out_channels: int = option(
        1, Message("Filters"), Message("How many channels the layer gives (out_channels)."), ge=1, le=MAX_SIZE
    )
    kernel_size: int = option(
        3, Message("Kernel size"), Message("How many positions the window covers along each axis."), ge=1, le=MAX_WINDOW
    )
    stride: int = option(1, Message("Stride"), Message("How far the window moves at each step."), ge=1, le=MAX_WINDOW)
    padding: int = option(
        0, Message("Padding"), Message("How many zeros are put around the input on each side."), ge=0, le=MAX_WINDOW
    )
    dilation: int = option(
        1,
        Message("Dilation"),
        Message("How far the positions that the window looks at are apart."),
        ge=1,
        le=MAX_WINDOW,
    )
    groups: int = option(
        1,
        Message("Groups"),
        Message(
            "Channels are split into so many groups that do not see each other; as many groups as channels: depthwise."
        ),
        ge=1,
        le=MAX_SIZE,
    )
    bias: bool = option(True, Message("Bias"), Message("One more number a filter, added to its sums."))
    weight_init: KernelInitializer = option(Default(), Message("Weights"), Message("How the weights start out."))
    bias_init: BiasInitializer = option(Default(), Message("Biases"), Message("How the biases start out."))

    @property
    def reach(self) -> int:
        """How many positions the window spans along an axis."""
        return self.dilation * (self.kernel_size - 1) + 1

    def problem(self, shape: Shape) -> Message | None:
        if shape[0] % self.groups or self.out_channels % self.groups:
            return Message(
                "{groups} groups can't divide {channels} channels into {filters} filters: both numbers must be multiples of the groups.",
                groups=self.groups,
                channels=shape[0],
                filters=self.out_channels,
            )
        return self._window_problem(shape)

    def _window_problem(self, shape: Shape) -> Message | None:
        raise NotImplementedError

    def mended(self, shape: Shape) -> Layer | None:
        if shape[0] % self.groups or self.out_channels % self.groups:
            return self._fitting(shape, groups=gcd(shape[0], self.out_channels, self.groups))
        return None

    def _fitting(self, shape: Shape, **changes: object) -> Layer | None:
        """The same with `changes`, if it then takes `shape`."""
        try:
            changed = type(self).checked({**dict(self), **changes})
        except Refusal:
            return None
        return changed if changed.problem(shape) is None else None

    def initial(self) -> dict[str, Initializer]:
        return {"weight": self.weight_init} | ({"bias": self.bias_init} if self.bias else {})

    def _window(self, shape: Shape) -> Shape:
        """What one filter looks at: the window along each axis, and the channels of its group."""
        return (*([self.kernel_size] * self.axes), shape[0] // self.groups)

    def arithmetic(self, shape: Shape) -> Message:
        filters = counted("{n} filter", "{n} filters", n=self.out_channels)
        window = format_shape(self._window(shape))
        if not self.bias:
            return Message("{window} weights × {filters}", window=window, filters=filters)
        return Message("({window} weights + 1 bias) × {filters}", window=window, filters=filters)

    def in_words(self, shape: Shape) -> Message:
        filters = counted("{n} filter", "{n} filters", n=self.out_channels)
        window = format_shape(self._window(shape))
        if not self.bias:
            return Message("{filters} of {window} weights", window=window, filters=filters)
        return Message("{filters} of {window} weights and 1 bias", window=window, filters=filters)


class Conv(_Convolution):
    words = {"padding": ("same", "valid")}
    formula = "yₒ = bₒ + Σᵢ wₒᵢ ∗ xᵢ"
    signature = Signature(
        FromShape(0), "out_channels", kernel_size="kernel_size", padding=Switch("same", Constant("same"))
    )

    same: bool = option(
        False,
        Message("Padding “same”"),
        Message('As many zeros as it takes to keep height and width (padding="same").'),
    )

    @model_validator(mode="before")
    @classmethod
    def _in_words(cls, values: object) -> object:
        """torch's own words for the padding."""
        if isinstance(values, dict) and values.get("padding") in ("same", "valid"):
            return {**values, "padding": 0, "same": values["padding"] == "same"}
        return values

    def with_option(self, name: str, value: object) -> Self:
        """As for any option; a padding that is chosen takes the place of “same”."""
        changed = super().with_option(name, value)
        chosen = name == "padding" and value != "same" and changed.same
        return super(Conv, changed).with_option("same", False) if chosen else changed

    def _window_problem(self, shape: Shape) -> Message | None:
        if self.same and self.stride > 1:
            return Message("Padding “same” keeps the size, so it needs stride 1; the stride is {n}.", n=self.stride)
        if self.same:
            return None
        size = min(shape[1:])
        if self.reach <= size + 2 * self.padding:
            return None
        return Message(
            "The window spans {reach} positions, but {shape} with padding {padding} has only {size}. Take a smaller kernel or "
            "more padding.",
            reach=self.reach,
            shape=format_shape(shape),
            padding=self.padding,
            size=size + 2 * self.padding,
        )

    def mended(self, shape: Shape) -> Layer | None:
        if self.same and self.stride > 1:
            return self._halfway(shape) or self._fitting(shape, stride=1)
        size = (min(shape[1:]) + 2 * self.padding - 1) // self.dilation + 1
        return super().mended(shape) or self._fitting(shape, kernel_size=min(self.kernel_size, max(1, size)))

    def _halfway(self, shape: Shape) -> Layer | None:
        """The padding that “same” would be, as a number: half of what the window spans beyond one position.

        Where that is no whole number, the one of its neighbours with which a stride s makes ⌈size / s⌉ of every size.
        """
        wanted = tuple(-(-size // self.stride) for size in shape[1:])
        both = ((self.reach - 1) // 2, self.reach // 2)
        fits = [made for padding in both if (made := self._fitting(shape, same=False, padding=padding))]
        return next((made for made in fits if made.output_shape(shape)[1:] == wanted), fits[0] if fits else None)

    def output_shape(self, shape: Shape) -> Shape:
        if self.same:
            return (self.out_channels, *shape[1:])
        sizes = ((size + 2 * self.padding - self.reach) // self.stride + 1 for size in shape[1:])
        return (self.out_channels, *sizes)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        window = [self.kernel_size] * self.axes
        bias = {"bias": (self.out_channels,)} if self.bias else {}
        return {"weight": (self.out_channels, shape[0] // self.groups, *window), **bias}

    def products(self, shape: Shape) -> Products:
        return ((*self._window(shape), self.out_channels, *self.output_shape(shape)[1:]),)


class Conv1d(Conv):
    torch_class = "nn.Conv1d"
    axes = 1
    ranks = (2,)
    label = Message("Conv1d (channels × length)")
    summary = Message(
        "Filters slide along a line. It reads channels × length: before it, transpose a sequence of length × features."
    )


class Conv2d(Conv):
    torch_class = "nn.Conv2d"
    axes = 2
    ranks = (3,)
    common = True
    label = Message("Conv2d (images)")
    summary = Message("Small filters slide over the image; each looks for the same pattern everywhere.")


class Conv3d(Conv):
    torch_class = "nn.Conv3d"
    axes = 3
    ranks = (4,)
    label = Message("Conv3d (volumes)")
    summary = Message("Filters slide through a volume, such as a scan of a body or the frames of a film.")


class _ConvTranspose(_Convolution):
    signature = Signature(FromShape(0), "out_channels", kernel_size="kernel_size")
    formula = "(size − 1) · stride − 2 · padding + dilation · (kernel_size − 1) + output_padding + 1"

    output_padding: int = option(
        0, Message("Output padding"), Message("Rows and columns added at the end, where several sizes would fit."), ge=0, le=MAX_WINDOW
    )  # fmt: skip

    def _window_problem(self, shape: Shape) -> Message | None:
        if self.output_padding >= max(self.stride, self.dilation):
            return Message(
                "The output padding, {n}, must be smaller than the stride or the dilation, {limit}.",
                n=self.output_padding,
                limit=max(self.stride, self.dilation),
            )
        if min(self.output_shape(shape)[1:]) < 1:
            return Message(
                "With padding {padding} nothing is left of the output; take less padding.", padding=self.padding
            )
        return None

    def mended(self, shape: Shape) -> Layer | None:
        return super().mended(shape) or self._fitting(shape, output_padding=0) or self._fitting(shape, padding=0)

    def output_shape(self, shape: Shape) -> Shape:
        sizes = ((n - 1) * self.stride - 2 * self.padding + self.reach + self.output_padding for n in shape[1:])
        return (self.out_channels, *sizes)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        window = [self.kernel_size] * self.axes
        bias = {"bias": (self.out_channels,)} if self.bias else {}
        return {"weight": (shape[0], self.out_channels // self.groups, *window), **bias}

    def products(self, shape: Shape) -> Products:
        return ((*self._window(shape), self.out_channels, *shape[1:]),)


class ConvTranspose1d(_ConvTranspose):
    torch_class = "nn.ConvTranspose1d"
    axes = 1
    ranks = (2,)
    label = Message("ConvTranspose1d (channels × length)")
    summary = Message(
        "The way back of a Conv1d: each number of the input lays down a weighted window; it makes lines longer."
    )


class ConvTranspose2d(_ConvTranspose):
    torch_class = "nn.ConvTranspose2d"
    axes = 2
    ranks = (3,)
    label = Message("ConvTranspose2d (images)")
    summary = Message(
        "The way back of a Conv2d: each pixel of the input lays down a weighted window; it makes images larger."
    )
