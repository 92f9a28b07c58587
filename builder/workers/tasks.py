"""The heavy questions, each a function of plan and numbers: answered in place where that is quick, else by a worker program.

What needs a live module asks `build` for it: whoever answers knows how many to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from torch import Tensor, nn

from builder.analysis import weights
from builder.analysis.crosscheck import Counts, count_three_ways
from builder.analysis.signals import Signals, measure, over_seeds
from builder.analysis.survey import survey
from builder.analysis.verdict import fates, find_fix
from builder.charts.outputs import MAX_SIDE
from builder.core.messages import Language
from builder.drawing.neurons import Live, Neurons, draw_neurons
from builder.formats.link import from_token
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.runtime.module import build_module
from builder.runtime.probe import Probe, draw, probe
from builder.runtime.probe import signals as signals_of
from builder.teaching import walkthrough
from builder.teaching.walkthrough import Walk
from builder.training import checks
from builder.training.data import load
from builder.training.settings import Training
from builder.training.task import make_task

Build = Callable[[Plan], nn.Sequential]
"""Gives the live module of a plan."""


def probed(build: Build, plan: Plan, batch: Batch) -> Probe:
    """`batch` sent through the live module of `plan`."""
    return probe(build(plan), plan, batch)


@dataclass(frozen=True)
class Described:
    """What a module prints, and of each of its parameters name, shape, how many numbers, and whether training changes them."""

    text: str
    parameters: tuple[tuple[str, tuple[int, ...], int, bool], ...]


@dataclass(frozen=True)
class Values:
    """Of a parameter as a matrix the first `MAX_SIDE` rows and columns, and the whole as torch prints it."""

    corner: Tensor
    text: str


def described(build: Build, plan: Plan) -> Described:
    """The module of `plan` in words; one that is not light is made without storage for it."""
    module = build(plan) if plan.is_light(0) else build_module(plan, meta=True)
    every = module.named_parameters()
    return Described(repr(module), tuple((name, tuple(p.shape), p.numel(), p.requires_grad) for name, p in every))


def values(build: Build, plan: Plan, name: str) -> Values:
    """The parameter `name` of the live module of `plan`."""
    whole = build(plan).get_parameter(name).detach()
    rows = whole.reshape(1, -1) if whole.ndim < 2 else whole.flatten(1)
    return Values(rows[:MAX_SIDE, :MAX_SIDE].clone(), repr(whole))


def counts(build: Build, plan: Plan) -> Counts:
    """The parameters of `plan`, counted three ways; a module that is not light is made without storage for it."""
    return count_three_ways(plan, build(plan) if plan.is_light(0) else build_module(plan, meta=True))


def neurons(build: Build, plan: Plan, batch: Batch, row: int, first: int, language: Language) -> Neurons:
    """The drawing of the neurons of `plan` from column `first` on, with the values of row `row`."""
    module = build(plan)
    return draw_neurons(plan, Live(module, signals_of(module, plan, batch, row), row, batch.rows), language, first)


def plane(build: Build, plan: Plan, point: Tensor, across: int, up: int, reach: float, side: int) -> Tensor:
    """The probabilities over the input plane through `point`: see `walkthrough.plane`."""
    return walkthrough.plane(build(plan), plan, point, across, up, reach, side)


def propagated(build: Build, plan: Plan, rows: int, seed: int) -> Signals:
    """How signal and gradient fare in the live module of `plan`, over `rows` rows drawn with `seed`."""
    return measure(build(plan), plan, rows, seed)


def steadier(_build: Build, plan: Plan, seed: int) -> str:
    """The kind of the change that makes `plan` steady; empty if none of those that are known does."""
    fix = find_fix(plan, seed)
    return fix.kind if fix else ""


def samples(build: Build, plan: Plan, paths: Sequence[str]) -> dict[str, weights.Sample]:
    """What the parameters of the live module of `plan` measure, of those at `paths`."""
    live = build(plan)
    shown = [
        parameter
        for step in weights.initialised(plan)
        for parameter in weights.parameters(step)
        if parameter.path in paths
    ]
    return {each.path: weights.measure(live.get_parameter(each.path), each.distribution) for each in shown}


def walked(
    build: Build, plan: Plan, batch: Batch, own: Tensor | None, row: int, layer: str, copy: str, neuron: int
) -> Walk | None:
    """Row `row` of `batch`, or the input `own` instead, on its way through the live module of `plan`: see `walkthrough.walk`."""
    rows, row = (draw(batch, plan.spec.input), row) if own is None else (own[None], 0)
    return walkthrough.walk(build(plan), plan, rows, row, layer, copy, neuron)


@dataclass(frozen=True)
class Lit:
    """A lamp as it is shown: what is asked, how it stands, the sentence and the mend's name in both languages, the curve of rates."""

    question: str
    state: str
    said: tuple[str, str]
    label: tuple[str, str] | None
    curve: tuple[tuple[float, float], ...]


def lamps(_build: Build, token: str, training: str) -> list[Lit]:
    """The three lamps of a task without an obstacle, whose data are no file: see `training.checks`."""
    settings = Training.model_validate_json(training)
    task = make_task(from_token(token), settings, load(settings.data))
    return [lit(lamp) for lamp in checks.lamps(task)]


def lit(lamp: checks.Lamp) -> Lit:
    """`lamp` without its mend, which is found again where it is wanted."""
    label = (lamp.label.text("en"), lamp.label.text("zh")) if lamp.label else None
    return Lit(lamp.question, lamp.state, (lamp.message.text("en"), lamp.message.text("zh")), label, lamp.curve)


SINGLE: dict[str, Callable[..., object]] = {
    task.__name__: task
    for task in (described, values, probed, counts, neurons, plane, propagated, steadier, samples, walked, lamps)
}
"""Those with one answer, by name."""


SERIES: dict[str, Callable[..., Iterator[object]]] = {
    "seeds": over_seeds,
    "judged": fates,
    "surveyed": survey,
}
"""Those with many, by name."""


def answers(build: Build, task: str, start: int, arguments: Sequence[object]) -> Iterator[object]:
    """The answers to `task` from number `start` on: one, or many. Raises KeyError for a task that there is not."""
    if task in SINGLE:
        yield SINGLE[task](build, *arguments)
    else:
        yield from islice(SERIES[task](*arguments), start, None)
