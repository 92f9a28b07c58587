"""Normalizations, with the mean and the variance that they used: `(1.20 − 0.310) / √(0.400 + 1e−5) × 1.00 + 0 = 1.41`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from builder.core.arithmetic import shortest, stated
from builder.core.numerals import figures
from builder.layers.normalization import BatchNorm, GroupNorm, InstanceNorm2d, LayerNorm, LayerNorm2d, RMSNorm, Scale
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.formulas import Place, written
from builder.teaching.walkthrough.notation import bracketed

Write = Callable[[int], str]  # a piece of a line in so many digits


@written.register
def _(layer: BatchNorm, own: nn.Module, activation: Activation, at: Place) -> str:
    mean, variance = (float(own.get_buffer(name)[at[0]]) for name in ("running_mean", "running_var"))
    return _standardized(own, activation, at, mean, variance, at[:1])


@written.register
def _(layer: InstanceNorm2d, own: nn.Module, activation: Activation, at: Place) -> str:
    return _by(activation.input[at[0]], own, activation, at, at[:1])


@written.register
def _(layer: GroupNorm, own: nn.Module, activation: Activation, at: Place) -> str:
    size = activation.input.shape[0] // layer.num_groups
    return _by(activation.input.narrow(0, at[0] // size * size, size), own, activation, at, at[:1])


@written.register
def _(layer: LayerNorm, own: nn.Module, activation: Activation, at: Place) -> str:
    group, place = _last_axes(own, activation, at)
    return _by(group, own, activation, at, place)


@written.register
def _(layer: LayerNorm2d, own: nn.Module, activation: Activation, at: Place) -> str:
    return _by(activation.input[:, at[1], at[2]], own, activation, at, at[:1])


@written.register
def _(layer: Scale, own: nn.Module, activation: Activation, at: Place) -> str:
    """`1.20 × 0.500 = 0.600`."""
    before = float(activation.input[at])
    return stated(lambda n: f"{figures(before, n)} × {bracketed(layer.factor, n)}", float(activation.output[at]))


@written.register
def _(layer: RMSNorm, own: nn.Module, activation: Activation, at: Place) -> str:
    """`1.20 / √(0.400 + 1e−7) × 1.00 = 1.90`."""
    group, place = _last_axes(own, activation, at)
    eps = own.eps if isinstance(own.eps, float) else torch.finfo(torch.float32).eps
    before, mean = float(activation.input[at]), float(group.double().square().mean())
    scaled, _ = _learned(own, place)

    def left(n: int) -> str:
        return f"{figures(before, n)} / √({figures(mean, n)} + {shortest(eps, n)}){scaled(n)}"

    return stated(left, float(activation.output[at]))


def _last_axes(own: nn.Module, activation: Activation, at: Place) -> tuple[Tensor, Place]:
    """Those numbers of a row that are normalized together, along its last axes, and where among them the one at `at` is."""
    over = len(at) - len(own.normalized_shape)  # type: ignore[arg-type]
    return activation.input[at[:over]], at[over:]


def _by(group: Tensor, own: nn.Module, activation: Activation, at: Place, place: Place) -> str:
    mean, variance = float(group.double().mean()), float(group.double().var(unbiased=False))
    return _standardized(own, activation, at, mean, variance, place)


def _standardized(own: nn.Module, activation: Activation, at: Place, mean: float, variance: float, place: Place) -> str:
    scaled, shifted = _learned(own, place)
    before, eps = float(activation.input[at]), own.eps

    def left(n: int) -> str:
        root = f"√({figures(variance, n)} + {shortest(eps, n)})"  # type: ignore[arg-type]
        return f"({figures(before, n)} − {bracketed(mean, n)}) / {root}{scaled(n)}{shifted(n)}"

    return stated(left, float(activation.output[at]))


def _learned(own: nn.Module, place: Place) -> tuple[Write, Write]:
    """` × 1.00` and ` + 0`, the scale and the shift that were learned for the number at `place`; empty where there is none."""
    known = dict(own.named_parameters())

    def behind(sign: str, values: Tensor | None) -> Write:
        return lambda n: "" if values is None else f" {sign} {bracketed(float(values.detach()[place]), n)}"

    return behind("×", known.get("weight")), behind("+", known.get("bias"))
