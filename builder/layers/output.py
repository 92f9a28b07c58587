"""Layers that turn scores (logits) into probabilities, along the axis of the classes."""

from __future__ import annotations

from math import prod

from builder.core.messages import Message, counted
from builder.core.options import option
from builder.layers.base import Layer
from builder.layers.shapes import Shape, feature_axis, format_shape
from builder.layers.signature import FromShape, Signature


def _usual_dim(shape: Shape) -> int:
    """The axis of the classes as torch is told it: the channels of images and volumes, otherwise the last."""
    return feature_axis(shape) if len(shape) > 2 else -1


class AlongClasses(Layer):
    """A layer whose outputs belong together along one axis: that of the classes."""

    family = "output"
    signature = Signature(dim=FromShape(_usual_dim, unless="dim"))

    dim: int = option(
        0,
        Message("Axis (dim)"),
        Message(
            "Along which axis the numbers are classes of each other, as PyTorch counts: 1 is the first behind the batch, −1 the "
            "last. 0: the usual one, the channels of images and volumes, otherwise the last."
        ),
        ge=-1,
        le=4,
    )

    def axis(self, shape: Shape) -> int:
        """Torch's number of the axis of the classes, from 1 on."""
        return feature_axis(shape) if self.dim == 0 else len(shape) if self.dim < 0 else self.dim

    def classes(self, shape: Shape) -> int:
        """How many classes there are."""
        return shape[self.axis(shape) - 1]

    def problem(self, shape: Shape) -> Message | None:
        if self.dim <= len(shape):
            return None
        return Message(
            "There is no axis {dim} in {a}; the last one is {last}.",
            dim=self.dim,
            a=format_shape(shape),
            last=len(shape),
        )

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("dim", 0)

    def in_words(self, shape: Shape) -> Message:
        if len(shape) < 2:
            return super().in_words(shape)
        return counted(
            "No parameters. Along axis {dim}: {classes}, at {n} place.",
            "No parameters. Along axis {dim}: {classes}, at each of {n} places.",
            n=prod(shape) // self.classes(shape),
            classes=counted("{n} class", "{n} classes", n=self.classes(shape)),
            dim=self.axis(shape),
        )


class Softmax(AlongClasses):
    torch_class = "nn.Softmax"
    common = True
    function = "torch.softmax"
    sums_to_one = True
    label = Message("Softmax")
    summary = Message(
        "Turns scores into probabilities: all positive, and they sum to 1 for each row; of an image for each pixel, of a "
        "sequence for each step."
    )
    formula = "yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)"


class LogSoftmax(AlongClasses):
    torch_class = "nn.LogSoftmax"
    function = "torch.log_softmax"
    label = Message("LogSoftmax")
    summary = Message("The logarithm of softmax, computed safely; goes with the loss nn.NLLLoss.")
    formula = "yᵢ = xᵢ − log Σⱼ exp(xⱼ)"


class Softmin(AlongClasses):
    torch_class = "nn.Softmin"
    function = "F.softmin"
    sums_to_one = True
    label = Message("Softmin")
    summary = Message("Softmax of the negated scores: the smallest score gets the largest probability.")
    formula = "yᵢ = exp(−xᵢ) / Σⱼ exp(−xⱼ)"
