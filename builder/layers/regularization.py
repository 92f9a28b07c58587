"""Dropout in its forms: in training some numbers are set to zero, against overfitting; in evaluation all pass."""

from __future__ import annotations

from builder.core.messages import Message
from builder.core.options import option
from builder.layers.base import Layer
from builder.layers.signature import Signature


class _Dropout(Layer):
    family = "regularization"
    formula = "y = x · m / (1 − p), m ~ Bernoulli(1 − p)"

    p: float = option(
        0.5, Message("Probability (p)"), Message("How likely each number is set to zero in training."), ge=0.0, le=1.0
    )


class Dropout(_Dropout):
    torch_class = "nn.Dropout"
    common = True
    label = Message("Dropout")
    summary = Message(
        "In training, sets each number to zero with probability p and scales the rest by 1/(1 − p), against overfitting; "
        "in evaluation, as here, it passes everything on."
    )


class Dropout1d(_Dropout):
    torch_class = "nn.Dropout1d"
    ranks = (2,)
    label = Message("Dropout1d (whole channels)")
    summary = Message(
        "In training, sets whole channels of a line to zero; in evaluation, as here, it passes everything on."
    )


class Dropout2d(_Dropout):
    torch_class = "nn.Dropout2d"
    ranks = (3,)
    label = Message("Dropout2d (whole channels)")
    summary = Message(
        "In training, sets whole channels of an image to zero; in evaluation, as here, it passes everything on."
    )


class AlphaDropout(_Dropout):
    torch_class = "nn.AlphaDropout"
    label = Message("AlphaDropout")
    summary = Message(
        "Dropout that keeps mean and variance, made for SELU; in evaluation, as here, it passes everything on."
    )
    formula = "y = a · (x · m + α′ · (1 − m)) + b"


class StochasticDepth(Layer):
    kind = "StochasticDepth"
    torch_class = "StochasticDepth"
    signature = Signature("p")
    family = "regularization"
    label = Message("StochasticDepth")
    summary = Message(
        "In training, sets all of a row to zero with probability p and scales the others by 1/(1 − p): at the end of a residual "
        "block, that row goes past the block (Huang et al. 2016, “Deep networks with stochastic depth”); in evaluation all pass."
    )
    formula = "y = x · m / (1 − p), m ~ Bernoulli(1 − p)"

    p: float = option(
        0.1, Message("Probability (p)"), Message("How likely a whole row is set to zero in training."), ge=0.0, le=1.0
    )
