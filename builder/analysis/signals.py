"""How signal and gradient fare in the depth, as training starts: random rows go forward, a random gradient comes back.

BatchNorm takes mean and variance of these rows, and dropout sets to zero, as in training; nothing is changed by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch
from torch import Tensor, nn

from builder.analysis.fitting import PASSING
from builder.analysis.recurrence import Recurrence, recurrences, recurs
from builder.layers import Layer
from builder.layers.activations import ReLU, ReLU6, Sigmoid, Softsign, Tanh
from builder.layers.normalization import BatchNorm
from builder.layers.shapes import TokenShape, numel
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import INPUT, MAX_SEED
from builder.network.step import Problem
from builder.runtime.module import build_module, drawing_from, dropping_from, in_training
from builder.runtime.trace import Activation, trace

ROWS = 256  # that are sent through where there is room
BINS = 41  # of a histogram; odd, so that one of them has zero in its middle
REACH = 3.0  # standard deviations to each side of zero that the histograms side by side show
FLAT = 0.05  # a squashing curve is flat where its slope is less than this share of its steepest


@dataclass(frozen=True)
class Histogram:
    """How many of the finite values are in each of `BINS` equal intervals from `low` to `high`; further ones in the outermost."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Statistics:
    """What the numbers of one tensor (rows, features) are like.

    `std` is over all numbers, `between` over the rows alone (root mean square of the features): what still tells one row
    from another. `length` is that of a row as a vector (root mean square of the rows). `own` spans the numbers themselves,
    `common` the same interval for all layers.
    """

    mean: float
    std: float
    between: float
    length: float
    finite: float  # share of numbers that are neither infinite nor NaN
    own: Histogram
    common: Histogram


@dataclass(frozen=True)
class LayerSignals:
    """One layer, or the input: what leaves it, and the gradient that comes back to that; none comes behind the logits.

    `dead` is the share of ReLU units that are zero for every row, `saturated` of values where a squashing curve is flat.
    """

    path: str
    layer_path: str  # in the spec; in a repeat several copies have the same
    forward: Statistics
    backward: Statistics | None
    dead: float | None
    saturated: float | None


@dataclass(frozen=True)
class Signals:
    """The input and every layer, in the order of the network, for `rows` rows drawn from N(0, 1).

    The gradient is that of the logits times a vector drawn from N(0, 1), as in the analyses of Glorot and He: so it starts
    out with variance 1. `logits` is the path of the layer that gives them.
    """

    rows: int
    logits: str
    layers: tuple[LayerSignals, ...]
    recurrences: tuple[Recurrence, ...] = ()

    def at(self, path: str) -> LayerSignals:
        return next(layer for layer in self.layers if layer.path == path)


@dataclass(frozen=True)
class Sizes:
    """The standard deviation of what leaves each layer, the input first, and of the gradient that comes back to it."""

    forward: tuple[float, ...]
    backward: tuple[float, ...]


@dataclass(frozen=True)
class Band:
    """The least and the greatest of a number over many seeds, for each layer."""

    low: tuple[float, ...]
    high: tuple[float, ...]


def rows_for(plan: Plan) -> int:
    """How many rows may be sent through `plan` here, there and back: `ROWS`, or fewer in a large network; 0 if none may."""
    halved = (ROWS >> n for n in range(ROWS.bit_length()))
    least = fewest(plan)
    return next((n for n in halved if n >= least and not plan.problem and not excess(plan, n)), 0)


def fewest(plan: Plan) -> int:
    """How many rows it takes: two where a BatchNorm has but one number of each row to take a variance of."""
    single = (isinstance(step.layer, BatchNorm) and numel(step.input_shape[1:]) == 1 for step in plan.steps)
    return 2 if any(single) else 1


def excess(plan: Plan, rows: int = 0) -> Problem | None:
    """The layer that keeps `rows` rows from being measured in `plan`, forward alone or there and back; None if they may be.

    Without a number it is that of the fewest rows.
    """
    rows = rows or fewest(plan)
    return plan.over_budget(rows) or plan.over_budget(rows, graded=True)


def measure(module: nn.Sequential, plan: Plan, rows: int, seed: int, among: Collection[str] | None = None) -> Signals:
    """Send `rows` rows drawn with `seed` through `module` as training would, at least `fewest`.

    It stays as it is: no `.grad` is collected in it, running statistics and training flags are as before. Of the input and
    the layers those at the paths `among` are measured, or all.
    """
    with torch.enable_grad(), drawing_from(seed), dropping_from(seed):
        inputs = _random(plan, rows)
        twin = in_training(module)
        _, activations = trace(twin, plan, inputs)
        at_logits, logits = _logits(inputs, activations)
        sent = [each for each in _sent(inputs, activations) if among is None or each.layer_path in among]
        gradients = _gradients([each.values for each in sent], logits, again=recurs(activations))
        through_time = tuple(recurrences(twin, activations))
    forward = _statistics([each.values for each in sent])
    backward = iter(_statistics([back for back in gradients if back is not None]))
    layers = (
        LayerSignals(
            each.path,
            each.layer_path,
            ahead,
            None if back is None else next(backward),
            dead(each.layer, each.values),
            saturated(each.layer, each.values),
        )
        for each, ahead, back in zip(sent, forward, gradients, strict=True)
    )
    return Signals(rows, at_logits, tuple(layers), through_time)


def over_seeds(plan: Plan, rows: int, seed: int, count: int) -> Iterator[Sizes]:
    """The sizes under `count` seeds of the weights, from the network's own on; the rows stay the same."""
    return (sizes(signals) for signals in each_seed(plan, rows, seed, count))


def each_seed(plan: Plan, rows: int, seed: int, count: int) -> Iterator[Signals]:
    """All that is measured under so many seeds of the weights, one after the other."""
    for n in range(count):
        other = make_plan(plan.spec.model_copy(update={"seed": (plan.spec.seed + n) % (MAX_SEED + 1)}))
        yield measure(build_module(other), other, rows, seed)


def sizes(signals: Signals) -> Sizes:
    """The standard deviations alone: little enough to be kept for many seeds."""
    return Sizes(
        tuple(layer.forward.std for layer in signals.layers),
        tuple(layer.backward.std for layer in signals.layers if layer.backward),
    )


def logits_signal(module: nn.Sequential, plan: Plan, rows: int, seed: int) -> float:
    """How much the logits differ between `rows` random rows: their standard deviation over the rows."""
    with torch.no_grad(), drawing_from(seed), dropping_from(seed):
        inputs = _random(plan, rows)
        _, activations = trace(in_training(module), plan, inputs)
        _, logits = _logits(inputs, activations)
    return _between(logits.flatten(1).double())


def band(over: Sequence[Sequence[float]]) -> Band:
    """The band of numbers of which `over` has a list for each seed, an entry for each layer; NaN counts as infinite."""
    known = torch.tensor(over, dtype=torch.float64).nan_to_num(nan=torch.inf, posinf=torch.inf)
    return Band(tuple(known.amin(dim=0).tolist()), tuple(known.amax(dim=0).tolist()))


def _random(plan: Plan, rows: int) -> Tensor:
    """Rows drawn from N(0, 1), or words of the vocabulary, each as likely."""
    shape = plan.input_shape
    if isinstance(shape, TokenShape):
        return torch.randint(shape.vocabulary, (rows, *shape))
    return torch.randn(rows, *shape).requires_grad_()


@dataclass(frozen=True)
class _Sent:
    """What is measured: the input, or what leaves a layer; `path` is that of its module, `layer_path` that in the spec."""

    path: str
    layer_path: str
    layer: Layer | None
    values: Tensor


def _sent(inputs: Tensor, activations: Sequence[Activation]) -> list[_Sent]:
    """Words have no size, and what branches give together is not measured: it is no layer's."""
    behind = (_Sent(each.path, each.step.path, each.step.layer, each.output) for each in activations if not each.merges)
    return [each for each in (_Sent(INPUT, INPUT, None, inputs), *behind) if each.values.is_floating_point()]


def _gradients(values: list[Tensor], logits: Tensor, again: bool) -> list[Tensor | None]:
    """The gradient that comes back to each of `values`; None where none comes, behind the logits or for words.

    With `again` others may be asked for afterwards.
    """
    wanted = [value for value in values if value.requires_grad]
    if not wanted or not logits.requires_grad:  # words go in, or come out
        return [None] * len(values)
    found = iter(torch.autograd.grad(logits, wanted, torch.randn(logits.shape), retain_graph=again, allow_unused=True))
    return [next(found) if value.requires_grad else None for value in values]


def _logits(inputs: Tensor, activations: Sequence[Activation]) -> tuple[str, Tensor]:
    """What enters the softmax at the end, if there is one with no more than passing layers behind it; or the output, with its path."""
    sent = [(INPUT, inputs), *((each.path, each.output) for each in activations)]
    families = [each.step.layer.family for each in reversed(activations)]
    tail = list(takewhile(lambda family: family in (*PASSING, "output"), families))
    softmaxes = [n for n, family in enumerate(tail, 1) if family == "output"]
    return sent[len(sent) - 1 - max(softmaxes, default=0)]


def _statistics(every: Sequence[Tensor]) -> list[Statistics]:
    flat = [values.detach().flatten(1) for values in every]
    stds = [float(values.double().std(correction=0)) for values in flat]
    reach = REACH * max((std for std in stds if std < torch.inf), default=0.0)
    return [_statistic(values, std, reach) for values, std in zip(flat, stds, strict=True)]


def _statistic(values: Tensor, std: float, reach: float) -> Statistics:
    exact = values.double()  # squares of large numbers, and sums of many, keep their digits
    finite = exact.isfinite()
    known = exact if finite.all() else exact[finite]
    low, high = (float(known.min()), float(known.max())) if known.numel() else (0.0, 0.0)
    return Statistics(
        mean=float(exact.mean()),
        std=std,
        between=_between(exact),
        length=float(exact.square().sum(dim=1).mean().sqrt()),
        finite=known.numel() / exact.numel(),
        own=_histogram(known, low, high),
        common=_histogram(known, -reach, reach),
    )


def _between(values: Tensor) -> float:
    return float(values.detach().var(dim=0, correction=0).mean().sqrt())


def _histogram(values: Tensor, low: float, high: float) -> Histogram:
    if not low < high:
        low, high = low - 0.5, high + 0.5
    counts = torch.histc(values.clamp(low, high), BINS, low, high)
    return Histogram(low, high, tuple(int(count) for count in counts.tolist()))


def dead(layer: Layer | None, values: Tensor) -> float | None:
    """The share of units of a ReLU that are zero for every one of the rows `values`; None for other layers."""
    if not isinstance(layer, ReLU | ReLU6):
        return None
    return float((values == 0).all(dim=0).double().mean())


def saturated(layer: Layer | None, values: Tensor) -> float | None:
    """The share of values where a squashing curve is flat; None for other layers.

    The slope follows from the value: tanh′ = 1 − y², σ′ = y (1 − y), softsign′ = (1 − |y|)².
    """
    match layer:
        case Tanh():
            slope = 1 - values**2
        case Sigmoid():
            slope = 4 * values * (1 - values)
        case Softsign():
            slope = (1 - values.abs()) ** 2
        case _:
            return None
    return float((slope < FLAT).double().mean())
