"""Transposed convolutions: the way back of a convolution, from few positions to many."""

from __future__ import annotations

from builder.core.messages import Message
from builder.core.options import option
from builder.layers.base import Layer
from builder.layers.convolution import Convolution
from builder.layers.shapes import Products, Shape
from builder.layers.signature import FromShape, Signature
from builder.layers.windows import Border


class ConvTranspose(Convolution):
    """A convolution backwards: each number of the input lays a window down."""

    signature = Signature(FromShape(0), "out_channels", kernel_size="kernel_size")
    formula = "(size − 1) · stride − 2 · padding + dilation · (kernel_size − 1) + output_padding + 1"

    output_padding: Border = option(
        0, Message("Output padding"), Message("Rows and columns added at the end, where several sizes would fit.")
    )

    def _window_problem(self, shape: Shape) -> Message | None:
        for n, step, apart in zip(self.each(self.output_padding), self.steps, self.each(self.dilation), strict=True):
            if n >= max(step, apart):
                return Message(
                    "The output padding, {n}, must be smaller than the stride or the dilation, {limit}.",
                    n=n,
                    limit=max(step, apart),
                )
        if min(self.output_shape(shape)[1:]) < 1:
            return Message(
                "With padding {padding} nothing is left of the output; take less padding.",
                padding=max(self.each(self.padding)),
            )
        return None

    def mended(self, shape: Shape) -> Layer | None:
        return super().mended(shape) or self._fitting(shape, output_padding=0) or self._fitting(shape, padding=0)

    def output_shape(self, shape: Shape) -> Shape:
        borders, ends = self.each(self.padding), self.each(self.output_padding)
        along = zip(shape[1:], self.steps, borders, self.reach, ends, strict=True)
        return (self.out_channels, *((n - 1) * step - 2 * cut + span + end for n, step, cut, span, end in along))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        bias = {"bias": (self.out_channels,)} if self.bias else {}
        return {"weight": (shape[0], self.out_channels // self.groups, *self.each(self.kernel_size)), **bias}

    def products(self, shape: Shape) -> Products:
        return ((*self._window(shape), self.out_channels, *shape[1:]),)


class ConvTranspose1d(ConvTranspose):
    torch_class = "nn.ConvTranspose1d"
    axes = 1
    ranks = (2,)
    label = Message("ConvTranspose1d (channels × length)")
    summary = Message(
        "The way back of a Conv1d: each number of the input lays down a weighted window; it makes lines longer."
    )


class ConvTranspose2d(ConvTranspose):
    torch_class = "nn.ConvTranspose2d"
    axes = 2
    ranks = (3,)
    label = Message("ConvTranspose2d (images)")
    summary = Message(
        "The way back of a Conv2d: each pixel of the input lays down a weighted window; it makes images larger."
    )


class ConvTranspose3d(ConvTranspose):
    torch_class = "nn.ConvTranspose3d"
    axes = 3
    ranks = (4,)
    label = Message("ConvTranspose3d (volumes)")
    summary = Message(
        "The way back of a Conv3d: each position of the input lays down a weighted window; it makes volumes larger."
    )
