"""An image read as a sequence: by its rows, or by its patches."""

from __future__ import annotations

from builder.core.messages import Message
from builder.core.options import option
from builder.layers.base import Layer
from builder.layers.shapes import Shape
from builder.layers.signature import Signature
from builder.layers.windows import Along, Size


class ImageRows(Layer):
    kind = "ImageRows"
    torch_class = "ImageRows"
    ranks = (3,)
    family = "shape"
    label = Message("Rows of an image as a sequence")
    summary = Message("Reads an image line by line: each row of pixels, all its channels, is one step of a sequence.")
    formula = "(N, C, H, W) → (N, H, C · W)"

    @classmethod
    def stem(cls) -> str:
        return "rows"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[1], shape[0] * shape[2])


class Patches(Along):
    kind = "Patches"
    torch_class = "Patches"
    signature = Signature("patch_size")
    axes = 2
    ranks = (3,)
    family = "shape"
    label = Message("Patches of an image as a sequence")
    summary = Message(
        "Cuts an image into patches; each, with all its channels, is one step of a sequence, as in a vision transformer."
    )
    formula = "(N, C, H, W) → (N, H/p · W/p, C · p · p)"

    patch_size: Size = option(
        2, Message("Patch size"), Message("How high and wide a patch is: one number, or height, width.")
    )

    def problem(self, shape: Shape) -> Message | None:
        for size, patch in zip(shape[1:], self.each(self.patch_size), strict=True):
            if size % patch:
                return Message("Patches of {patch} do not divide {size} pixels evenly.", patch=patch, size=size)
        return None

    def mended(self, shape: Shape) -> Layer | None:
        sizes = zip(shape[1:], self.each(self.patch_size), strict=True)
        return self.with_option(
            "patch_size",
            tuple(next(n for n in range(min(patch, size), 0, -1) if size % n == 0) for size, patch in sizes),
        )

    def output_shape(self, shape: Shape) -> Shape:
        height, width = self.each(self.patch_size)
        return ((shape[1] // height) * (shape[2] // width), shape[0] * height * width)
