"""Do signal and gradient vanish, stay steady or explode? The rule, the verdict, and the edit that makes them steady."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import isfinite
from statistics import median_high
from typing import Literal

from builder.analysis.fitting import weights_of
from builder.analysis.fixes import Fix
from builder.analysis.signals import Signals, Sizes, each_seed, measure, rows_for, sizes
from builder.analysis.variants import fitted, rectified, remembering, rotating
from builder.core.messages import Message
from builder.core.options import Refusal
from builder.layers.blocks import Branches
from builder.layers.normalization import BatchNorm, GroupNorm, InstanceNorm2d, LayerNorm, RMSNorm
from builder.network.budget import LIVE_SECONDS
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import INPUT, NetworkSpec
from builder.network.step import Step
from builder.runtime.module import build_module

Regime = Literal["vanishing", "steady", "exploding"]
SERIOUSLY: tuple[Regime, ...] = ("exploding", "vanishing", "steady")  # the most serious first
AGREED = 0.8  # share of the seeds that must come to the same, or chance decides

# One learning rate serves all layers: where signal or gradient is ten times smaller or larger, so is each step of training.
LIMIT = 10.0
STANDARDIZING = (BatchNorm, GroupNorm, InstanceNorm2d, LayerNorm, RMSNorm)  # give numbers a size, whatever theirs is
ALIKE = 0.1  # rows are nearly alike when less than this share of the logits' standard deviation is between them


@dataclass(frozen=True)
class Propagation:
    """What became of a standard deviation on its way through `layers` layers with weights: from `start` to `end`."""

    start: float
    end: float
    layers: int

    @property
    def factor(self) -> float:
        """By how much it is multiplied in all; NaN where it can't be told."""
        return self.end / self.start if self.start else float("nan")

    @property
    def per_layer(self) -> float:
        """The geometric mean of the factors of the single layers."""
        factor = self.factor
        return float(factor ** (1 / self.layers)) if self.layers else 1.0

    @property
    def regime(self) -> Regime:
        if not isfinite(self.end) or not isfinite(self.start) or self.end > LIMIT * self.start:
            return "exploding"
        return "vanishing" if self.end * LIMIT < self.start or not self.end else "steady"


@dataclass(frozen=True)
class Verdict:
    """`forward` goes from the input to what leaves `last`, the last layer with weights, `backward` from there to the `first`.

    Forward it is the size of single numbers that counts, and back the length of a row's whole gradient, which a wide layer
    shares among more neurons: each is what He weights keep with its mode “fan_in” (He et al. 2015, 2.2).

    `alike` says that the rows come out nearly alike: what is left of the signal says little about the input.
    """

    first: str
    last: str
    forward: Propagation
    backward: Propagation
    alike: bool
    chain: bool  # does one layer follow the other, so that each has its share in the change?
    through_time: ThroughTime | None = None

    @property
    def regime(self) -> Regime:
        return _worst(
            self.forward.regime, self.backward.regime, self.through_time.regime if self.through_time else "steady"
        )


@dataclass(frozen=True)
class ThroughTime:
    """The recurrent layer that fares worst: the size of its state from the first step to the last, and the gradient's way back.

    The gradient is that of the last state with respect to what enters at each step.
    """

    path: str
    forward: Propagation
    backward: Propagation

    @property
    def regime(self) -> Regime:
        return _worst(self.forward.regime, self.backward.regime)


def _worst(*regimes: Regime) -> Regime:
    return "exploding" if "exploding" in regimes else "vanishing" if "vanishing" in regimes else "steady"


Change = Callable[[Plan], NetworkSpec]

# What usually makes a network steady, that which changes least first.
CHANGES: tuple[tuple[str, Message, Change], ...] = (
    ("fitted", Message("Use the weights that suit each activation"), fitted),
    ("remembering", Message("Use orthogonal recurrent weights"), remembering),
    ("rotating", Message("Use orthogonal weights and zero biases"), rotating),
    ("rectified", Message("Use ReLU and He weights"), lambda plan: fitted(rectified(plan))),
    (
        "rectified and rotating",
        Message("Use ReLU, orthogonal weights and zero biases"),
        lambda plan: rotating(rectified(plan)),
    ),
)


def judge(plan: Plan, signals: Signals) -> Verdict | None:
    """The verdict on `plan`; None if no layer has weights, so that nothing is initialised."""
    if not (paths := weighted(plan)):
        return None
    found = [layer for layer in signals.layers if layer.layer_path in paths]
    first, last = found[0], found[-1]
    forward = Propagation(signals.layers[0].forward.std, last.forward.std, len(found))
    back = [layer.backward.length if layer.backward else float("nan") for layer in (last, first)]
    between, std = last.forward.between, last.forward.std
    return Verdict(
        first.path,
        last.path,
        forward,
        Propagation(back[0], back[1], len(found) - 1),
        alike=between <= ALIKE * std,  # two zeros, too
        chain=not plan.merges,
        through_time=_through_time(signals),
    )


def _through_time(signals: Signals) -> ThroughTime | None:
    """The worst of the recurrent layers; None if there is none."""
    found = []
    for each in signals.recurrences:
        ahead, back = each.forward, each.backward
        steps = len(ahead) - 1
        found.append(
            ThroughTime(each.path, Propagation(ahead[0], ahead[-1], steps), Propagation(back[-1], back[0], steps))
        )
    return min(found, key=lambda it: SERIOUSLY.index(it.regime), default=None)


@dataclass(frozen=True)
class Fate:
    """What becomes of a network under one seed of its weights: sizes, by how much both are multiplied in all, and the regime."""

    sizes: Sizes
    forward: float
    backward: float
    regime: Regime


def fates(plan: Plan, rows: int, seed: int, count: int) -> Iterator[Fate]:
    """Those of `plan` under `count` seeds of the weights, from its own on; none if no layer has weights."""
    for signals in each_seed(plan, rows, seed, count):
        if verdict := judge(plan, signals):
            yield Fate(sizes(signals), verdict.forward.factor, verdict.backward.factor, verdict.regime)


@dataclass(frozen=True)
class Overall:
    """What most of `seeds` seeds come to, with the medians of both factors; `agree` of them come to it."""

    forward: float
    backward: float
    regime: Regime
    agree: int
    seeds: int

    @property
    def by_chance(self) -> bool:
        """Does it depend on the seed what becomes of the network? Its layers are then too small for averages to hold."""
        return self.agree < AGREED * self.seeds


def overall(found: Sequence[Fate]) -> Overall:
    """The verdict over the seeds of `found`, one at least; of two regimes as frequent it is the more serious."""
    counts = Counter(fate.regime for fate in found)
    regime = max(SERIOUSLY, key=lambda each: counts[each])
    forward, backward = (
        median_high(x if isfinite(x) else float("inf") for x in factors)
        for factors in ([fate.forward for fate in found], [fate.backward for fate in found])
    )
    return Overall(forward, backward, regime, counts[regime], len(found))


def weighted(plan: Plan) -> list[str]:
    """The paths where the layers with weights are judged: their own, or that of a normalization right behind one.

    What such a layer gives has no size of its own, whatever its weights are: the normalization gives it one.
    """
    behind = {a.path: b for a, b in pairwise(plan.steps) if isinstance(b.layer, STANDARDIZING) and _adjoin(plan, a, b)}
    return [behind.get(step.path, step).path for step in plan.steps if _has_weights(step)]


def _has_weights(step: Step) -> bool:
    family = step.layer.family
    return weights_of(step.layer) is not None or (family in ("recurrent", "attention") and bool(step.parameter_shapes))


def _adjoin(plan: Plan, step: Step, behind: Step) -> bool:
    """Does what leaves `step` go into `behind` alone, which is its neighbour in the same block?"""
    block, other = (each.path.rpartition(".")[0] for each in (step, behind))
    return block == other and not (block and isinstance(plan.blocks[block].layer, Branches))


def find_fix(plan: Plan, seed: int) -> Fix | None:
    """The first of `CHANGES` after which `plan`, with the same seed, is found steady; None if none of them helps.

    Each is tried out: what theory promises on average need not hold for the few numbers of a narrow network. That may take as
    long, all in all, as a single network may here; what is left over then is not tried.
    """
    left = LIVE_SECONDS
    for kind, _, change in CHANGES:
        changed = _changed(change, plan)
        if changed is None or changed.spec == plan.spec or not (rows := rows_for(changed)):
            continue
        if (left := left - changed.live_seconds(rows, graded=True)) < 0:
            return None
        if _is_steady(changed, rows, seed):
            return fix_called(kind)
    return None


def fix_called(kind: str) -> Fix | None:
    """The one of `CHANGES` of this kind, as a fix; None if there is none."""
    found = ((label, change) for name, label, change in CHANGES if name == kind)
    return next((Fix(kind, label, partial(_mended, change)) for label, change in found), None)


def _mended(change: Change, spec: NetworkSpec) -> NetworkSpec:
    return change(make_plan(spec))


def _changed(change: Change, plan: Plan) -> Plan | None:
    try:
        return make_plan(change(plan))
    except Refusal:
        return None  # too many layers


def _is_steady(plan: Plan, rows: int, seed: int) -> bool:
    verdict = judge(plan, measure(build_module(plan), plan, rows, seed, among=[INPUT, *weighted(plan)]))
    return verdict is not None and verdict.regime == "steady"
