"""Softmax in four moves: scores, minus the largest, exponentials, their shares of the sum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from builder.core.arithmetic import stated
from builder.core.numerals import figures
from builder.layers.output import AlongClasses, LogSoftmax, Softmin
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.notation import bracketed

OVERFLOW = math.log(torch.finfo(torch.float32).max)  # the exponential of anything larger is infinite in float32


@dataclass(frozen=True)
class Shares:
    """Softmax in four moves: scores (divided by the temperature), minus the largest, exponentials, their shares of the sum."""

    scores: Tensor
    shifted: Tensor
    exponentials: Tensor
    total: float
    shares: Tensor
    logarithms: bool  # are the logarithms of the shares what the layer gives?
    negated: bool  # does the layer turn the signs of the scores first?
    chosen: int  # the class whose share is looked at

    @property
    def unshifted(self) -> float:
        """exp of the largest score as it stands, in float32: infinite from about 88.7 on."""
        return float(self.scores.max().exp())

    @property
    def finite(self) -> bool:
        """Are there any shares? An infinite score leaves none: ∞ − ∞ is not a number."""
        return bool(self.shares.isfinite().all())

    def line(self, index: int) -> str:
        """`exp(1.20 − 2.00) / 1.45 = 0.310`, or for a logarithm `1.20 − 2.00 − log(1.45) = −1.17`."""
        score, largest = float(self.scores[index]), float(self.scores.max())

        def left(n: int) -> str:
            shifted, total = f"{figures(score, n)} − {bracketed(largest, n)}", figures(self.total, n)
            return f"{shifted} − log({total})" if self.logarithms else f"exp({shifted}) / {total}"

        made = torch.log_softmax(self.scores, dim=-1) if self.logarithms else self.shares
        return stated(left, float(made[index]))


def shares(activation: Activation, temperature: float = 1.0, index: int = 0) -> Shares | None:
    """How an output layer makes shares of its scores; at temperature 1 they are the layer's own. None for other layers.

    Of scores with more axes they are those of the place where the number `index` stands, along the layer's axis.
    """
    layer = activation.step.layer
    if not isinstance(layer, AlongClasses):
        return None
    negated = isinstance(layer, Softmin)
    axis, at = layer.axis(activation.step.input_shape) - 1, activation.at(index)
    given = activation.input.movedim(axis, -1)[(*at[:axis], *at[axis + 1 :])]
    scores = (-given if negated else given) / temperature
    shifted = scores - scores.max()
    exponentials = shifted.exp()
    made = torch.softmax(scores, dim=-1)
    return Shares(
        scores, shifted, exponentials, float(exponentials.sum()), made, isinstance(layer, LogSoftmax), negated, at[axis]
    )
