"""Windows that move along axes: their sizes and steps are one number for all axes, or one for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import model_validator

from builder.core.messages import Message
from builder.core.options import Each, Refusal, Several, options_of
from builder.layers.base import Layer
from builder.layers.shapes import Shape, format_shape

MAX_WINDOW = 1000

Size = Annotated[Several, Each(1, MAX_WINDOW)]
Border = Annotated[Several, Each(0, MAX_WINDOW)]  # or any size that may be 0


class Along(Layer):
    """A layer with options that are numbers along its `axes`, those behind the channels."""

    axes: ClassVar[int]

    @model_validator(mode="after")
    def _one_number_an_axis(self) -> Self:
        for option in options_of(type(self)):
            value = getattr(self, option.name)
            if option.type == Several and isinstance(value, tuple) and len(value) != self.axes:
                raise Refusal(_how_many(option.label, len(value), self.axes))
        return self

    def each(self, value: Several) -> Shape:
        """`value` along each axis."""
        return value if isinstance(value, tuple) else (value,) * self.axes


class Moving(Along):
    """One whose window moves along the axes, at each position over what is put around the input, too."""

    if TYPE_CHECKING:  # a kind declares them itself, among its other options in the order of the form
        kernel_size: Size
        stride: Border
        padding: Border

    @property
    def spacing(self) -> Several:
        """How far the positions that the window looks at are apart."""
        return getattr(self, "dilation", 1)

    @property
    def steps(self) -> Shape:
        """How far the window moves along each axis."""
        return self.each(self.stride)

    @property
    def reach(self) -> Shape:
        """How many positions the window spans along each axis."""
        spacings, kernels = self.each(self.spacing), self.each(self.kernel_size)
        return tuple(apart * (size - 1) + 1 for apart, size in zip(spacings, kernels, strict=True))

    def room(self, shape: Shape) -> Shape:
        """How many positions there are along each axis, with those that are put around the input."""
        return tuple(size + 2 * border for size, border in zip(shape[1:], self.each(self.padding), strict=True))

    def too_narrow(self, shape: Shape) -> Message | None:
        """That the window does not fit into `shape`, along the axis where it fits least."""
        reach, room, paddings = self.reach, self.room(shape), self.each(self.padding)
        at = min(range(self.axes), key=lambda n: (room[n] - reach[n], room[n]))
        if reach[at] <= room[at]:
            return None
        return Message(
            "The window spans {reach} positions, but {shape} with padding {padding} has only {size}. Take a smaller kernel or "
            "more padding.",
            reach=reach[at],
            shape=format_shape(shape),
            padding=paddings[at],
            size=room[at],
        )


def _how_many(label: Message, n: int, axes: int) -> Message:
    if axes == 1:
        return Message("{label} has one number, since there is one axis; these are {n}.", label=label, n=n)
    return Message("{label} has one number, or {axes}, one for each axis; these are {n}.", label=label, axes=axes, n=n)
