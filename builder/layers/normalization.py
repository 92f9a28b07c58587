"""Layers that bring numbers to mean 0 and variance 1, then scale and shift them by what they learn."""

from __future__ import annotations

from builder.layers.base import Learned, Shape
from builder.messages import Message, counted
from builder.options import option

EPSILON = Message("Added to the variance, so that nothing is divided by zero.")


class BatchNorm1d(Learned):
    torch_class = "nn.BatchNorm1d"
    common = True
    family = "normalization"
    label = Message("BatchNorm1d")
    summary = Message(
        "Normalizes each feature over the rows of the batch; in evaluation it uses what it saw in training."
    )
    formula = "y = (x − E[x]) / √(Var[x] + ε) · γ + β"

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

    def notice(self, rows: int) -> Message | None:
        if rows > 1:
            return None
        return Message(
            "A batch of one has no variance, so BatchNorm1d can't train on it (nn.BatchNorm1d raises an error). "
            "What you see is evaluation mode, where it works. To train, set the batch to 2 rows or more, or use LayerNorm."
        )

    def positional(self, shape: Shape) -> tuple[int | float, ...]:
        return shape[:1]

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[:1], "bias": shape[:1]} if self.affine else {}

    def buffer_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"running_mean": shape[:1], "running_var": shape[:1], "num_batches_tracked": ()}

    def in_words(self, shape: Shape) -> Message:
        return _scale_and_shift(shape[0]) if self.affine else super().in_words(shape)


class LayerNorm(Learned):
    torch_class = "nn.LayerNorm"
    family = "normalization"
    label = Message("LayerNorm")
    summary = Message("Normalizes each row over its own features, so it works the same for any batch size.")
    formula = "y = (x − E[x]) / √(Var[x] + ε) · γ + β"

    eps: float = option(1e-5, Message("Epsilon (eps)"), EPSILON, ge=1e-12, le=1.0)
    elementwise_affine: bool = option(
        True, Message("Scale (affine)"), Message("Learn a weight γ, and with the option below a bias β.")
    )
    bias: bool = option(True, Message("Bias"), Message("Learn a bias β for each feature."))

    def positional(self, shape: Shape) -> tuple[int | float, ...]:
        return shape[-1:]

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        if not self.elementwise_affine:
            return {}
        return {"weight": shape[-1:]} | ({"bias": shape[-1:]} if self.bias else {})

    def in_words(self, shape: Shape) -> Message:
        if not self.elementwise_affine:
            return super().in_words(shape)
        return (
            _scale_and_shift(shape[-1])
            if self.bias
            else counted("{n} feature with 1 weight", "{n} features with 1 weight each", n=shape[-1])
        )


def _scale_and_shift(n: int) -> Message:
    return counted(
        "{n} feature with 1 weight (scale) and 1 bias (shift)",
        "{n} features with 1 weight (scale) and 1 bias (shift) each",
        n=n,
    )
