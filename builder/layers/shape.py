"""Layers that compute nothing: they change the shape, pass the data on, or drop some of it in training."""

from __future__ import annotations

from builder.layers.base import Layer, Shape, features
from builder.messages import Message
from builder.options import option


class Flatten(Layer):
    torch_class = "nn.Flatten"
    family = "shape"
    label = Message("Flatten")
    summary = Message("Lays all numbers of a row out in one line; a row that is flat already stays as it is.")
    formula = "(N, …) → (N, ∏ …)"

    def output_shape(self, shape: Shape) -> Shape:
        return (features(shape),)


class Identity(Layer):
    torch_class = "nn.Identity"
    family = "shape"
    label = Message("Identity")
    summary = Message("Passes everything on unchanged: a place holder for a layer to come.")
    formula = "y = x"


class Dropout(Layer):
    torch_class = "nn.Dropout"
    common = True
    family = "regularization"
    label = Message("Dropout")
    summary = Message(
        "In training, sets each number to zero with probability p and scales the rest by 1/(1 − p), against overfitting; "
        "in evaluation, as here, it passes everything on."
    )
    formula = "y = x · m / (1 − p), m ~ Bernoulli(1 − p)"

    p: float = option(
        0.5, Message("Probability (p)"), Message("How likely each number is set to zero in training."), ge=0.0, le=1.0
    )
