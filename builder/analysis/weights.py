"""The numbers that a network really starts with, beside the distribution that they were drawn from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from builder.initializers import Derivation, Initializer
from builder.initializers.distributions import Distribution
from builder.layers import Shape
from builder.network.plan import Plan
from builder.network.step import Step

ERRORS = 5.0  # standard errors that a mean or a standard deviation may be off
CHANCE = 1e-6  # with which numbers that follow the distribution are further from it than `allowed_distance`
ONCE_IN = 100_000  # right parameters of which less than one is called wrong
FEWEST_BINS, MOST_BINS = 4, 60
FEW = 50  # numbers that are kept one by one
REACH = 4.0  # standard deviations to either side of a distribution without bounds that a histogram shows at least
FLOAT_EPSILON = 2.0**-23  # between 1 and the next float32
SMALLEST = 2.0**-126  # a float32 below it has fewer digits


@dataclass(frozen=True)
class Parameter:
    """A weight or a bias with a choice of initializer, and what that draws."""

    step: Step
    name: str
    initializer: Initializer
    derivation: Derivation

    @property
    def path(self) -> str:
        """Its name in `nn.Module.named_parameters()`; in a repeat that of the first copy."""
        return f"{self.step.module_path}.{self.name}"

    @property
    def source_shape(self) -> Shape:
        """The shape of the weight whose fans decide: its own, and of a bias that of its layer's weight."""
        return self.step.layer.reference(self.name, self.step.tensor_shapes) if self.is_bias else self.shape

    @property
    def is_bias(self) -> bool:
        return self.name.rpartition(".")[2].startswith("bias")

    @property
    def shape(self) -> Shape:
        return self.step.parameter_shapes[self.name]

    @property
    def distribution(self) -> Distribution:
        return self.derivation.distribution


@dataclass(frozen=True)
class Sample:
    """What was measured of a parameter's `count` numbers; those that are not finite are only counted.

    `atoms` says how many are exactly one of the distribution's atoms; the others are in the histogram: between `edges[i]` and
    `edges[i + 1]` there are `counts[i]`. `std` is torch's (divided by n − 1), but of numbers that were not drawn
    the plain one (by n); it is NaN for one number. `distance` is Kolmogorov's: the greatest difference between the
    measured and the theoretical share of numbers up to x, over all edges and atoms x.
    """

    count: int
    finite: int
    mean: float
    std: float
    low: float
    high: float
    atoms: Mapping[float, int]
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    distance: float
    few: tuple[float, ...]


def initialised(plan: Plan) -> list[Step]:
    """The layers of `plan` whose weights have a choice of initializer."""
    return [step for step in plan.steps if step.layer.initial()]


def parameters(step: Step) -> list[Parameter]:
    """The weights and the biases of one of these layers, each with its theory."""
    shapes = step.parameter_shapes
    return [
        Parameter(step, name, initializer, initializer.derive(shapes[name], _decides(step, name, initializer)))
        for name, initializer in step.layer.initial().items()
    ]


def _decides(step: Step, name: str, initializer: Initializer) -> Shape:
    """The shape whose fans an initializer uses: a layer's own default may ask another weight, torch.nn.init only the one it fills."""
    shapes = step.tensor_shapes
    own = len(shapes[name]) > 1 and initializer.kind != "default"
    return shapes[name] if own else step.layer.reference(name, shapes)


@torch.inference_mode()
def measure(values: Tensor, expected: Distribution) -> Sample:
    """What the numbers of a parameter of any shape are like, to be compared with `expected`."""
    every = values.detach().flatten()
    finite = every if bool(every.isfinite().all()) else every[every.isfinite()]
    if not finite.numel():
        nan = math.nan
        return Sample(every.numel(), 0, nan, nan, nan, nan, {}, (), (), nan, ())
    unit = expected.std or 1.0
    standard = (finite - expected.mean) / unit  # float32 keeps more of what is left
    correction = 0 if expected.fixed else 1
    atoms, others = {}, finite
    for value in expected.atoms:
        at = others == value
        atoms[value] = int(at.sum())
        others = others[~at]
    edges, counts = _histogram(others, expected)
    return Sample(
        count=every.numel(),
        finite=finite.numel(),
        mean=expected.mean + unit * float(standard.mean()),
        std=unit * float(standard.std(correction=correction)) if finite.numel() > correction else math.nan,
        low=float(finite.min()),
        high=float(finite.max()),
        atoms=atoms,
        edges=edges,
        counts=counts,
        distance=_distance(expected, atoms, edges, counts, finite.numel()),
        few=tuple(finite.tolist()) if finite.numel() <= FEW else (),
    )


def mean_error(expected: Distribution, count: int) -> float:
    """The standard error of the mean of `count` independent numbers, σ / √n; 0 where nothing is drawn."""
    return 0.0 if expected.fixed else expected.std / math.sqrt(count)


def std_error(expected: Distribution, count: int) -> float:
    """The standard error of the standard deviation s of `count` independent numbers, 2 or more; 0 where nothing is drawn.

    Var[s²] = (μ₄ − σ⁴ (n − 3) / (n − 1)) / n (Mood, Graybill & Boes 1974, “Introduction to the Theory of Statistics”,
    VI.2), and s = √s² varies by the error of s² over 2σ. The entries of a sparse or orthogonal matrix depend on each
    other in a way that makes the error smaller.
    """
    if expected.fixed:
        return 0.0
    return expected.std * math.sqrt((expected.kurtosis - (count - 3) / (count - 1)) / count) / 2


def allowed_distance(expected: Distribution, count: int) -> float:
    """How far `count` numbers may be from `expected` by chance: further but once in a million times.

    P(D > d) ≤ 2 exp(−2 n d²), for every distribution and every n (Massart 1990, “The tight constant in the
    Dvoretzky–Kiefer–Wolfowitz inequality”).
    """
    return 1e-9 if expected.fixed else math.sqrt(math.log(2 / CHANCE) / 2 / count)


def agrees(sample: Sample, expected: Distribution) -> bool:
    """Is what was measured within what chance allows? Of `ONCE_IN` right parameters less than one is called wrong."""
    if sample.finite < sample.count or sample.distance > allowed_distance(expected, sample.count):
        return False
    if expected.fixed or sample.count < 2:
        return True
    moved, wider = abs(sample.mean - expected.mean), abs(sample.std - expected.std)
    return moved <= ERRORS * mean_error(expected, sample.count) and wider <= ERRORS * std_error(expected, sample.count)


def rounded(expected: Distribution) -> bool:
    """Are the distribution's numbers so close together that float32, which keeps about seven digits, runs them together?"""
    return not expected.fixed and expected.std < 1000 * FLOAT_EPSILON * max(abs(expected.mean), SMALLEST)


def shown_range(expected: Distribution) -> tuple[float, float]:
    """From where to where the distribution is worth showing."""
    low, high = expected.bounds
    return max(low, expected.mean - REACH * expected.std), min(high, expected.mean + REACH * expected.std)


def _histogram(values: Tensor, expected: Distribution) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Edges and counts for `values`: bins of one width, about 2 · n^(1/3) of them (Rice's rule)."""
    shown = [*shown_range(expected)] if _continuous(expected) else []
    if values.numel():
        shown += [float(values.min()), float(values.max())]
    if not shown:
        return (), ()
    low, high = min(shown), max(shown)
    if not high > low:
        reach = abs(low) * 0.1 or 1.0
        low, high = low - reach, high + reach
    bins = min(MOST_BINS, max(FEWEST_BINS, round(2 * values.numel() ** (1 / 3))))
    exact = values.double() if rounded(expected) else values  # the edges themselves would be rounded to one another
    counts = torch.histc(exact, bins, low, high)
    edges = (*(low + (high - low) * n / bins for n in range(bins)), high)
    return edges, tuple(int(count) for count in counts.tolist())


def _continuous(expected: Distribution) -> bool:
    return sum(expected.atoms.values()) < 1 - 1e-9


def _distance(
    expected: Distribution, atoms: Mapping[float, int], edges: tuple[float, ...], counts: tuple[int, ...], total: int
) -> float:
    """Kolmogorov's distance at the edges; without any, at the atoms. The true one is no less, so the bound on it holds."""
    below = torch.tensor([0, *counts]).cumsum(0).tolist() if edges else []

    def share(x: float) -> float:
        inside = max((n for edge, n in zip(edges, below, strict=True) if edge <= x), default=0)
        return float(inside + sum(n for value, n in atoms.items() if value <= x)) / total

    points = edges or tuple(atoms)
    return max((abs(share(x) - expected.cumulative(x)) for x in points), default=0.0)
