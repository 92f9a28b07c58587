"""Convolutions: the same small window of weights at every position."""

from __future__ import annotations

from math import gcd
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from builder.core.messages import Message, counted
from builder.core.options import Refusal, option
from builder.initializers import BiasInitializer, Default, Initializer, KernelInitializer
from builder.layers.base import MAX_SIZE, Layer, Learned
from builder.layers.shapes import Products, Shape, parameter_term
from builder.layers.signature import Constant, FromShape, Signature, Switch
from builder.layers.windows import Border, Moving, Size

KERNEL = Message("How many positions the window covers: one number for all axes, or one for each, as in 3, 5.")
FILTERS = 8  # of a new layer, at least
APART = Message("How far the positions that the window looks at are apart.")


class Convolution(Learned, Moving):
    """A layer whose weights are windows."""

    family = "convolution"

    out_channels: int = option(
        1, Message("Filters"), Message("How many channels the layer gives (out_channels)."), ge=1, le=MAX_SIZE
    )
    kernel_size: Size = option(3, Message("Kernel size"), KERNEL)
    stride: Size = option(1, Message("Stride"), Message("How far the window moves at each step."))
    padding: Border = option(0, Message("Padding"), Message("How many zeros are put around the input on each side."))
    dilation: Size = option(1, Message("Dilation"), APART)
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
        return (*self.each(self.kernel_size), shape[0] // self.groups)

    def arithmetic(self, shape: Shape) -> Message:
        filters = counted("{n} filter", "{n} filters", n=self.out_channels)
        weights = parameter_term("weight", self._window(shape))
        if not self.bias:
            return Message("{weights} × {filters}", weights=weights, filters=filters)
        return Message("({weights} + 1 bias) × {filters}", weights=weights, filters=filters)

    def in_words(self, shape: Shape) -> Message:
        filters = counted("{n} filter", "{n} filters", n=self.out_channels)
        weights = parameter_term("weight", self._window(shape))
        if not self.bias:
            return Message("{filters} of {weights}", weights=weights, filters=filters)
        return Message("{filters} of {weights} and 1 bias", weights=weights, filters=filters)


class Conv(Convolution):
    """A convolution that looks: each number of its output is a window of the input, weighed and added up."""

    words = {"padding": ("same", "valid")}
    keeping: ClassVar[dict[str, int]] = {"padding": 1}  # the options with which a window of 3 keeps the size
    formula = "yₒ = bₒ + Σᵢ wₒᵢ ∗ xᵢ"
    signature = Signature(
        FromShape(0), "out_channels", kernel_size="kernel_size", padding=Switch("same", Constant("same"))
    )

    same: bool = option(
        False,
        Message("Padding “same”"),
        Message('As many zeros as it takes to keep height and width (padding="same").'),
    )
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = option(
        "zeros",
        Message("Padding with"),
        Message(
            "What is put around the input: zeros, what lies behind the edge as in a mirror, the edge again, or the other end."
        ),
        later=True,
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

    @classmethod
    def arriving(cls, name: str, shape: Shape | None) -> Layer:
        """It keeps the channels that come, and makes eight of fewer; a window of 3 with padding 1 keeps the size."""
        given = shape[0] if shape and len(shape) in cls.ranks else 0
        return cls.checked({"name": name, "out_channels": max(given, FILTERS)} | cls.keeping)

    @property
    def borders(self) -> tuple[tuple[int, int], ...]:
        """How many positions are put before and behind the input along each axis."""
        if not self.same:
            return tuple((n, n) for n in self.each(self.padding))
        return tuple(((span - 1) // 2, span // 2) for span in self.reach)  # the odd one behind, as in torch

    def room(self, shape: Shape) -> Shape:
        return tuple(size + sum(both) for size, both in zip(shape[1:], self.borders, strict=True))

    @property
    def copied(self) -> tuple[tuple[int, int], ...]:
        """How many of these torch puts into a copy first: those that are no zeros, or of zeros what is on one side only."""
        zeros = self.padding_mode == "zeros"
        return tuple((0, behind - before) if zeros else (before, behind) for before, behind in self.borders)

    def _window_problem(self, shape: Shape) -> Message | None:
        if self.same and max(self.steps) > 1:
            return Message("Padding “same” keeps the size, so it needs stride 1; the stride is {n}.", n=max(self.steps))
        return self._border_problem(shape) or (None if self.same else self.too_narrow(shape))

    def _border_problem(self, shape: Shape) -> Message | None:
        """That more is put around the input than it has to put there."""
        most = {"reflect": -1, "circular": 0}.get(self.padding_mode)
        for size, both in zip(shape[1:], self.borders, strict=True):
            if most is not None and max(both) > size + most:
                return Message(
                    "With “{mode}” at most {most} can be put on each side of {size} positions; the padding is {n}.",
                    mode=self.padding_mode, most=size + most, size=size, n=max(both),
                )  # fmt: skip
        return None

    def mended(self, shape: Shape) -> Layer | None:
        if self.same and max(self.steps) > 1:
            return self._halfway(shape) or self._fitting(shape, stride=1)
        if (made := super().mended(shape)) or self._border_problem(shape):
            return made or self._fitting(shape, padding_mode="zeros")
        kernels = zip(self.each(self.kernel_size), self.each(self.dilation), self.room(shape), strict=True)
        fitting = tuple(min(size, max(1, (room - 1) // apart + 1)) for size, apart, room in kernels)
        return self._fitting(shape, kernel_size=fitting)

    def _halfway(self, shape: Shape) -> Layer | None:
        """The padding that “same” would be, as a number: half of what the window spans beyond one position.

        Where that is no whole number, the one of its neighbours with which a stride s makes ⌈size / s⌉ of every size.
        """
        wanted = tuple(-(-size // step) for size, step in zip(shape[1:], self.steps, strict=True))
        both = (tuple((span - 1) // 2 for span in self.reach), tuple(span // 2 for span in self.reach))
        fits = [made for padding in both if (made := self._fitting(shape, same=False, padding=padding))]
        return next((made for made in fits if made.output_shape(shape)[1:] == wanted), fits[0] if fits else None)

    def output_shape(self, shape: Shape) -> Shape:
        sizes = zip(shape[1:], self.borders, self.reach, self.steps, strict=True)
        return (self.out_channels, *((size + sum(both) - span) // step + 1 for size, both, span, step in sizes))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        bias = {"bias": (self.out_channels,)} if self.bias else {}
        return {"weight": (self.out_channels, shape[0] // self.groups, *self.each(self.kernel_size)), **bias}

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
