"""Layers that bring numbers to mean 0 and variance 1, then scale and shift them by what they learn."""

from __future__ import annotations

from math import gcd

from builder.core.messages import Message, counted
from builder.core.options import option
from builder.layers.base import MAX_SIZE, Layer, Learned
from builder.layers.shapes import Shape, format_shape, numel
from builder.layers.signature import FromShape, Signature

EPSILON = Message("Added to the variance, so that nothing is divided by zero.")
STANDARD = "y = (x − E[x]) / √(Var[x] + ε) · γ + β"


def normalized_shape(shape: Shape) -> Shape:
    """What LayerNorm and RMSNorm take the mean over: the features of each step; of images and volumes all there is."""
    return shape if len(shape) > 2 else shape[-1:]


def _scaled(shape: Shape) -> Shape:
    """What LayerScale has a number for: each feature; of images and volumes each channel."""
    return shape[-1:] if len(shape) < 3 else (shape[0], *[1] * (len(shape) - 1))


class BatchNorm(Learned):
    family = "normalization"
    signature = Signature(FromShape(0))
    formula = STANDARD

    eps: float = option(1e-5, Message("Epsilon (eps)"), EPSILON, ge=1e-12, le=1.0)
    momentum: float = option(
        0.1,
        Message("Momentum"),
        Message("How much each batch counts in the running mean and variance."),
        ge=0.0,
        le=1.0,
    )
    affine: bool = option(
        True, Message("Scale and shift (affine)"), Message("Learn a weight γ and a bias β for each feature.")
    )

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[:1], "bias": shape[:1]} if self.affine else {}

    def buffer_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"running_mean": shape[:1], "running_var": shape[:1], "num_batches_tracked": ()}

    def in_words(self, shape: Shape) -> Message:
        return _scale_and_shift(shape[0]) if self.affine else super().in_words(shape)


class BatchNorm1d(BatchNorm):
    torch_class = "nn.BatchNorm1d"
    ranks = (1, 2)
    common = True
    label = Message("BatchNorm1d")
    summary = Message(
        "Normalizes each feature over the rows of the batch; in evaluation it uses what it saw in training."
    )

    def notice(self, rows: int) -> Message | None:
        if rows > 1:
            return None
        return Message(
            "A batch of one has no variance, so BatchNorm1d can't train on it (nn.BatchNorm1d raises an error). "
            "What you see is evaluation mode, where it works. To train, set the batch to 2 rows or more, or use LayerNorm."
        )


class BatchNorm2d(BatchNorm):
    torch_class = "nn.BatchNorm2d"
    ranks = (3,)
    common = True
    label = Message("BatchNorm2d (images)")
    summary = Message(
        "Normalizes each channel over all pixels of all rows of the batch; in evaluation it uses what it saw in training."
    )


class BatchNorm3d(BatchNorm):
    torch_class = "nn.BatchNorm3d"
    ranks = (4,)
    label = Message("BatchNorm3d (volumes)")
    summary = Message(
        "Normalizes each channel over all positions of all volumes of the batch; in evaluation it uses what it saw in training."
    )


class InstanceNorm2d(Learned):
    torch_class = "nn.InstanceNorm2d"
    signature = Signature(FromShape(0))
    ranks = (3,)
    family = "normalization"
    label = Message("InstanceNorm2d (images)")
    summary = Message(
        "Normalizes each channel of each image over its own pixels; common where the style of images is changed."
    )
    formula = STANDARD

    eps: float = option(1e-5, Message("Epsilon (eps)"), EPSILON, ge=1e-12, le=1.0)
    affine: bool = option(
        False, Message("Scale and shift (affine)"), Message("Learn a weight γ and a bias β for each feature.")
    )

    def problem(self, shape: Shape) -> Message | None:
        if shape[1] * shape[2] > 1:
            return None
        return Message(
            "InstanceNorm2d needs more than one pixel a channel but receives {shape}: one number has no variance.",
            shape=format_shape(shape),
        )

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[:1], "bias": shape[:1]} if self.affine else {}

    def in_words(self, shape: Shape) -> Message:
        return _scale_and_shift(shape[0]) if self.affine else super().in_words(shape)


class GroupNorm(Learned):
    torch_class = "nn.GroupNorm"
    signature = Signature("num_groups", FromShape(0))
    family = "normalization"
    label = Message("GroupNorm")
    summary = Message("Normalizes groups of channels of each row together, so it works the same for any batch size.")
    formula = STANDARD

    num_groups: int = option(
        1, Message("Groups"), Message("Into how many groups the channels are split."), ge=1, le=MAX_SIZE
    )
    eps: float = option(1e-5, Message("Epsilon (eps)"), EPSILON, ge=1e-12, le=1.0)
    affine: bool = option(
        True, Message("Scale and shift (affine)"), Message("Learn a weight γ and a bias β for each feature.")
    )

    def problem(self, shape: Shape) -> Message | None:
        if numel(shape) == self.num_groups:
            return Message("Each of the {n} groups would be a single number, which has no variance.", n=self.num_groups)
        if shape[0] % self.num_groups == 0:
            return None
        return Message(
            "{groups} groups can't divide {channels} evenly.",
            groups=self.num_groups,
            channels=counted("{n} channel", "{n} channels", n=shape[0]),
        )

    def mended(self, shape: Shape) -> Layer | None:
        if numel(shape) == 1:
            return None
        common = gcd(self.num_groups, shape[0])
        return self.with_option("num_groups", common if common < numel(shape) else 1)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[:1], "bias": shape[:1]} if self.affine else {}

    def in_words(self, shape: Shape) -> Message:
        return _scale_and_shift(shape[0]) if self.affine else super().in_words(shape)


class LayerNorm(Learned):
    torch_class = "nn.LayerNorm"
    signature = Signature(FromShape(normalized_shape))
    family = "normalization"
    label = Message("LayerNorm")
    summary = Message("Normalizes each row over its own features, so it works the same for any batch size.")
    formula = STANDARD

    eps: float = option(1e-5, Message("Epsilon (eps)"), EPSILON, ge=1e-12, le=1.0)
    elementwise_affine: bool = option(
        True, Message("Scale (affine)"), Message("Learn a weight γ, and with the option below a bias β.")
    )
    bias: bool = option(True, Message("Bias"), Message("Learn a bias β for each feature."))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        if not self.elementwise_affine:
            return {}
        over = normalized_shape(shape)
        return {"weight": over} | ({"bias": over} if self.bias else {})

    def in_words(self, shape: Shape) -> Message:
        if not self.elementwise_affine:
            return super().in_words(shape)
        count = numel(normalized_shape(shape))
        return (
            _scale_and_shift(count)
            if self.bias
            else counted("{n} feature with 1 weight", "{n} features with 1 weight each", n=count)
        )


class LayerNorm2d(Learned):
    kind = "LayerNorm2d"
    torch_class = "LayerNorm2d"
    signature = Signature(FromShape(0))
    ranks = (3,)
    family = "normalization"
    label = Message("LayerNorm2d (channels of each pixel)")
    summary = Message(
        "Normalizes the channels of each pixel, as ConvNeXt does; a LayerNorm takes channels, height and width together."
    )
    formula = STANDARD

    eps: float = option(1e-5, Message("Epsilon (eps)"), EPSILON, ge=1e-12, le=1.0)
    elementwise_affine: bool = option(
        True, Message("Scale and shift (affine)"), Message("Learn a weight γ and a bias β for each feature.")
    )

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[:1], "bias": shape[:1]} if self.elementwise_affine else {}

    def in_words(self, shape: Shape) -> Message:
        return _scale_and_shift(shape[0]) if self.elementwise_affine else super().in_words(shape)


class RMSNorm(Learned):
    torch_class = "nn.RMSNorm"
    signature = Signature(FromShape(normalized_shape))
    family = "normalization"
    label = Message("RMSNorm")
    summary = Message("Divides each row by its root mean square; a LayerNorm that does not subtract the mean.")
    formula = "y = x / √(mean(x²) + ε) · γ"

    elementwise_affine: bool = option(True, Message("Scale (affine)"), Message("Learn a weight γ for each feature."))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": normalized_shape(shape)} if self.elementwise_affine else {}

    def in_words(self, shape: Shape) -> Message:
        if not self.elementwise_affine:
            return super().in_words(shape)
        return counted("{n} feature with 1 weight", "{n} features with 1 weight each", n=numel(normalized_shape(shape)))


class LocalResponseNorm(Layer):
    torch_class = "nn.LocalResponseNorm"
    signature = Signature("size")
    ranks = (3, 2, 4)
    family = "normalization"
    label = Message("LocalResponseNorm")
    summary = Message(
        "Divides each number by those at the same place in neighbouring channels; the normalization of AlexNet's paper."
    )
    formula = "y = x / (k + α/n · Σ x²)^β"

    size: int = option(
        5, Message("Channels (size)"), Message("How many neighbouring channels count (n)."), ge=1, le=1000
    )
    alpha: float = option(1e-4, Message("Alpha"), Message("How much the neighbours count."), ge=0.0)
    beta: float = option(0.75, Message("Beta"), Message("The exponent."), ge=0.0, le=10.0)
    k: float = option(1.0, Message("k"), Message("Added, so that nothing is divided by zero."), ge=1e-6)


class Scale(Layer):
    kind = "Scale"
    torch_class = "Scale"
    signature = Signature("factor")
    family = "normalization"
    label = Message("Scale (a fixed factor)")
    summary = Message(
        "Multiplies all numbers by the same one, which is not learned: √d behind an Embedding, or 0.1 in a residual block."
    )
    formula = "y = a · x"

    factor: float = option(1.0, Message("Factor"), Message("What every number is multiplied by."))


class LayerScale(Learned):
    kind = "LayerScale"
    torch_class = "LayerScale"
    signature = Signature(FromShape(_scaled), init="init")
    family = "normalization"
    label = Message("LayerScale")
    summary = Message(
        "Multiplies each feature by a learned number that starts small, so that a deep network of residual blocks starts "
        "out gently (Touvron et al. 2021, “Going deeper with image transformers”)."
    )
    formula = "y = γ · x"

    init: float = option(1e-5, Message("Value at the start (init)"), Message("What every γ starts out with."))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": _scaled(shape)}

    def in_words(self, shape: Shape) -> Message:
        return counted("{n} feature with 1 weight", "{n} features with 1 weight each", n=numel(_scaled(shape)))


def _scale_and_shift(n: int) -> Message:
    return counted(
        "{n} feature with 1 weight (scale) and 1 bias (shift)",
        "{n} features with 1 weight (scale) and 1 bias (shift) each",
        n=n,
    )
