"""Layers that learn nothing and change nothing but the shape, or pass the data on."""

from __future__ import annotations

from typing import Annotated, Literal

from builder.core.messages import Message
from builder.core.options import Each, Several, option
from builder.layers.base import MAX_SIZE, Layer
from builder.layers.shapes import Shape, format_shape, numel
from builder.layers.signature import Signature
from builder.layers.windows import Along


class Flatten(Layer):
    torch_class = "nn.Flatten"
    common = True
    family = "shape"
    label = Message("Flatten")
    summary = Message("Lays all numbers of a row out in one line; a row that is flat already stays as it is.")
    formula = "(N, …) → (N, ∏ …)"

    start_dim: int = option(
        1, Message("First axis (start_dim)"), Message("1 lays out all axes; 2 keeps the channels apart."), ge=1, le=4
    )

    def problem(self, shape: Shape) -> Message | None:
        if self.start_dim <= len(shape):
            return None
        return Message(
            "There is no axis {dim} in {a}; the last one is {last}.",
            dim=self.start_dim,
            a=format_shape(shape),
            last=len(shape),
        )

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("start_dim", len(shape))

    def output_shape(self, shape: Shape) -> Shape:
        kept = self.start_dim - 1
        return (*shape[:kept], numel(shape[kept:]))


class Unflatten(Layer):
    torch_class = "nn.Unflatten"
    signature = Signature(1, ("channels", "height", "width"))
    ranks = (1,)
    family = "shape"
    label = Message("Unflatten (to an image)")
    summary = Message("Arranges a flat vector as an image: channels × height × width.")
    formula = "(N, C · H · W) → (N, C, H, W)"

    channels: int = option(1, Message("Channels"), Message("How many channels the image gets."), ge=1, le=MAX_SIZE)
    height: int = option(1, Message("Height"), Message("How many rows of pixels."), ge=1, le=MAX_SIZE)
    width: int = option(1, Message("Width"), Message("How many columns of pixels."), ge=1, le=MAX_SIZE)

    @property
    def size(self) -> Shape:
        return (self.channels, self.height, self.width)

    def problem(self, shape: Shape) -> Message | None:
        if numel(self.size) == shape[0]:
            return None
        return Message(
            "{image} makes {wanted} numbers, but {n} come in.",
            image=format_shape(self.size),
            wanted=numel(self.size),
            n=shape[0],
        )

    def mended(self, shape: Shape) -> Layer | None:
        """With as many channels as it takes, if height and width divide the numbers; else one line of pixels."""
        pixels = self.height * self.width
        if shape[0] % pixels == 0:
            return self.with_option("channels", shape[0] // pixels)
        return Unflatten.checked({"name": self.name, "channels": 1, "height": 1, "width": shape[0]})

    def output_shape(self, shape: Shape) -> Shape:
        return self.size


class Transpose(Layer):
    kind = "Transpose"
    torch_class = "Transpose"
    ranks = (2,)
    family = "shape"
    label = Message("Transpose")
    summary = Message("Swaps the two axes: channels × length becomes length × features, and back.")
    formula = "(N, A, B) → (N, B, A)"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[::-1]


class Upsample(Along):
    torch_class = "nn.Upsample"
    signature = Signature(scale_factor="scale_factor")
    axes = 2
    ranks = (3,)
    family = "shape"
    label = Message("Upsample (images)")
    summary = Message("Makes an image larger: each pixel is repeated, or those between are interpolated.")
    formula = "(N, C, H, W) → (N, C, s · H, s · W)"

    scale_factor: Annotated[Several, Each(1, 64)] = option(
        2, Message("Factor (scale_factor)"), Message("How many times as high and wide: one number, or height, width.")
    )
    mode: Literal["nearest", "bilinear"] = option("nearest", Message("Mode"), Message("Repeat pixels, or interpolate."))
    align_corners: bool = option(
        False,
        Message("Corners on corners"),
        Message("Interpolate so that the pixels in the corners keep their values (align_corners)."),
        later=True,
    )

    def problem(self, shape: Shape) -> Message | None:
        if self.mode == "bilinear" or not self.align_corners:
            return None
        return Message(
            "Corners lie on corners (align_corners) only where pixels are interpolated: take the mode bilinear."
        )

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("mode", "bilinear")

    def output_shape(self, shape: Shape) -> Shape:
        factors = zip(shape[1:], self.each(self.scale_factor), strict=True)
        return (shape[0], *(factor * size for size, factor in factors))


class PixelShuffle(Layer):
    torch_class = "nn.PixelShuffle"
    signature = Signature("upscale_factor")
    ranks = (3,)
    family = "shape"
    label = Message("PixelShuffle (images)")
    summary = Message("Makes an image larger out of its channels: r × r channels become the r × r pixels of one.")
    formula = "(N, C · r², H, W) → (N, C, r · H, r · W)"

    upscale_factor: int = option(
        2, Message("Factor (upscale_factor)"), Message("How many times as high and wide (r)."), ge=1, le=64
    )

    def problem(self, shape: Shape) -> Message | None:
        if shape[0] % self.upscale_factor**2 == 0:
            return None
        return Message(
            "PixelShuffle needs a multiple of {factor} × {factor} channels but receives {channels}.",
            factor=self.upscale_factor,
            channels=shape[0],
        )

    def mended(self, shape: Shape) -> Layer | None:
        fits = next(r for r in range(self.upscale_factor, 0, -1) if shape[0] % r**2 == 0)
        return self.with_option("upscale_factor", fits)

    def output_shape(self, shape: Shape) -> Shape:
        r = self.upscale_factor
        return (shape[0] // r**2, r * shape[1], r * shape[2])


class Identity(Layer):
    torch_class = "nn.Identity"
    family = "shape"
    label = Message("Identity")
    summary = Message("Passes everything on unchanged: a place holder for a layer to come.")
    formula = "y = x"
