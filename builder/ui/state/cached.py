"""What is worth keeping from one run to the next, for all visitors; a module takes up to 64 MB, so of those there are few."""

from __future__ import annotations

from collections.abc import Collection
from shutil import which

import graphviz
from torch import Tensor, nn

from builder.analysis import weights
from builder.analysis.crosscheck import Counts, count_three_ways
from builder.analysis.fixes import Fix
from builder.analysis.signals import Signals, Sizes, measure, over_seeds
from builder.analysis.survey import CELLS, Cell, survey
from builder.analysis.verdict import find_fix
from builder.core.messages import Language
from builder.core.work import Work
from builder.drawing.chain import draw_chain, is_chain
from builder.drawing.layers import to_dot
from builder.drawing.neurons import Live, Neurons, draw_neurons
from builder.drawing.svg import Shapes, safe_svg
from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.runtime.module import build_module
from builder.runtime.probe import Probe, probe, signals
from builder.teaching import walkthrough
from builder.ui.state.keyed import keyed


@keyed(max_entries=8)
def module(plan: Plan, *, live: bool) -> nn.Sequential:
    """The module of `plan`; without storage unless `live`."""
    return build_module(plan, meta=not live)


@keyed(max_entries=256)
def counts(plan: Plan) -> Counts:
    """The parameters of `plan`, counted three ways."""
    return count_three_ways(plan, module(plan, live=plan.fits_budget(0)))


@keyed(max_entries=8)
def probed(_plan: Plan, experiment: Experiment) -> Probe:
    """The batch of `experiment` sent through the live module of its plan."""
    return probe(module(_plan, live=True), _plan, experiment.batch)


@keyed(max_entries=64)
def neurons(_plan: Plan, experiment: Experiment, row: int, first: int, language: Language) -> Neurons:
    """The drawing of the neurons of `experiment` from column `first` on, with the values of row `row` if the network can live."""
    batch, live = experiment.batch, None
    if _plan.fits_budget(batch.rows):
        shared = module(_plan, live=True)
        live = Live(shared, signals(shared, _plan, batch, row), row, batch.rows)
    return draw_neurons(_plan, live, language, first)


@keyed(max_entries=512)
def dot(plan: Plan, language: Language, closed: Collection[str]) -> str:
    """The drawing of `plan` layer by layer, as DOT, with the blocks at the paths `closed` as one node each."""
    return to_dot(plan, language, closed)


def plane(plan: Plan, point: Tensor, across: int, up: int, reach: float, side: int) -> Tensor:
    """The probabilities over the input plane through `point`: see `walkthrough.plane`."""
    others = point.clone()
    others[[across, up]] = 0.0  # where the point stands on the plane makes no other plane
    return _plane(plan, others, across, up, reach, side)


@keyed(max_entries=16)
def _plane(plan: Plan, point: Tensor, across: int, up: int, reach: float, side: int) -> Tensor:
    return walkthrough.plane(module(plan, live=True), plan, point, across, up, reach, side)


@keyed(max_entries=24)
def propagated(plan: Plan, rows: int, seed: int) -> Signals:
    """How signal and gradient fare in the live module of `plan`, over `rows` rows drawn with `seed`."""
    return measure(module(plan, live=True), plan, rows, seed)


@keyed(max_entries=256)
def fix(plan: Plan, seed: int) -> Fix | None:
    """What would make `plan` steady."""
    return find_fix(plan, seed)


@keyed(max_entries=16)
def seeds(plan: Plan, rows: int, seed: int, count: int) -> Work[Sizes]:
    """The signals of `plan` under `count` seeds of the weights, as far as they are measured."""
    return Work(over_seeds(plan, rows, seed, count), count)


@keyed(max_entries=64)
def surveyed(plan: Plan, seed: int) -> Work[Cell]:
    """Every initializer against every activation in the network of `plan`, as far as they are tried out."""
    return Work(survey(plan, seed), len(CELLS))


@keyed(max_entries=32)
def samples(plan: Plan, paths: list[str]) -> dict[str, weights.Sample]:
    """What the parameters of the live module of `plan` measure, of those at `paths`."""
    live = module(plan, live=True)
    shown = [
        parameter
        for step in weights.initialised(plan)
        for parameter in weights.parameters(step)
        if parameter.path in paths
    ]
    return {each.path: weights.measure(live.get_parameter(each.path), each.distribution) for each in shown}


def layers_svg(plan: Plan, language: Language, closed: Collection[str]) -> Shapes | None:
    """The drawing of `plan` layer by layer, as SVG; None for a network with open blocks on a machine without Graphviz."""
    return draw_chain(plan, language) if is_chain(plan, closed) else svg(dot(plan, language, closed))


@keyed(max_entries=512)
def svg(dot: str) -> Shapes | None:
    """The drawing of `dot` as SVG; None on a machine without Graphviz, where the browser draws it itself."""
    if which("dot") is None:
        return None
    return safe_svg(str(graphviz.Source(dot).pipe(format="svg", encoding="utf-8")))


@keyed(max_entries=32)
def file(dot: str, format: str) -> bytes:
    """The drawing of `dot` on white paper as a file of `format`, svg, png or pdf. Raises ExecutableNotFound without Graphviz."""
    sharp = " dpi=192" if format == "png" else ""
    paper = dot.replace("bgcolor=transparent", f"bgcolor=white{sharp}", 1)
    return bytes(graphviz.Source(paper).pipe(format=format))
