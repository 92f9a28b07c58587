"""The plane of two inputs: what the network says at each of its points."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from builder.network.plan import Plan
from builder.runtime.probe import probabilities

SIDES = (61, 41, 21)  # points along an edge of the input plane, the finest that the network affords
PLANE_MACS = 2 * 10**9  # multiply-accumulates that one plane may cost, about 0.2 s on one core
REACH = 3.0  # inputs drawn from a normal distribution are rarely larger


def plane_side(plan: Plan) -> int | None:
    """How many points along its edge the input plane of this network can have; None if it is too large for any."""
    fits = (side for side in SIDES if plan.fits_budget(side**2) and plan.macs * side**2 <= PLANE_MACS)
    return next(fits, None)


def plane(module: nn.Module, plan: Plan, point: Tensor, across: int, up: int, reach: float, side: int) -> Tensor:
    """The probabilities (side, side, classes) as inputs `across` and `up` run from −reach to reach, the others as in `point`.

    The first row is the top: there `up` is largest. With `across` and `up` the same, all rows are alike.
    """
    ticks = torch.linspace(-reach, reach, side)
    rows = point.repeat(side * side, 1)
    rows[:, up] = ticks.flip(0).repeat_interleave(side)
    rows[:, across] = ticks.repeat(side)
    return probabilities(module, plan, rows).reshape(side, side, -1)


def reach_of(point: Tensor) -> float:
    """How far the plane goes from zero, so that `point` lies on it: 3, or the next whole number beyond."""
    largest = float(point.abs().max()) if len(point) else 0.0
    return max(REACH, float(math.ceil(largest)))
