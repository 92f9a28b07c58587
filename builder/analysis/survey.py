"""Try them all: every initializer against every common activation, and how much of the signal reaches the logits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from builder.analysis.signals import logits_signal, rows_for
from builder.analysis.variants import with_activation, with_initializer
from builder.core.options import Refusal
from builder.initializers import WEIGHTS
from builder.layers import LAYERS, Layer
from builder.layers.activations import ELU, GELU, SELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Softsign, Tanh
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module

ACTIVATIONS: tuple[type[Layer], ...] = (
    ReLU, LeakyReLU, ELU, SELU, GELU, SiLU, Softplus, Sigmoid, Tanh, Softsign,
)  # fmt: skip
CELLS = tuple((weights, kind.kind) for weights in WEIGHTS for kind in ACTIVATIONS)


@dataclass(frozen=True)
class Cell:
    """One combination, by its kinds; `signal` is how much the logits differ between rows, None if it can't be built here."""

    weights: str
    activation: str
    signal: float | None


def combination(plan: Plan, weights: str, activation: str) -> NetworkSpec:
    """The network with these weights everywhere, as torch's defaults have them, and this activation in the hidden layers.

    Raises `Refusal` where these are too many layers.
    """
    return with_initializer(make_plan(with_activation(plan, LAYERS[activation])), WEIGHTS[weights]())


def survey(plan: Plan, seed: int) -> Iterator[Cell]:
    """A cell for each of `CELLS`, one at a time, so that it can be watched and stopped; the rows are drawn with `seed`."""
    for weights, activation in CELLS:
        yield Cell(weights, activation, _signal(plan, weights, activation, seed))


def _signal(plan: Plan, weights: str, activation: str, seed: int) -> float | None:
    try:
        made = make_plan(combination(plan, weights, activation))
    except Refusal:
        return None  # too many layers
    rows = 0 if made.problem else rows_for(made)
    return logits_signal(build_module(made), made, rows, seed) if rows else None
