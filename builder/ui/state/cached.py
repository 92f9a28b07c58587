"""What is worth keeping from one run to the next, for all visitors."""

from __future__ import annotations

from collections.abc import Collection
from shutil import which

import graphviz
from torch import Tensor, nn

from builder.analysis.fixes import Fix
from builder.analysis.signals import ROWS, Sizes
from builder.analysis.survey import CELLS, Cell
from builder.analysis.verdict import CHANGES, Fate, fix_called
from builder.core.messages import Language
from builder.drawing.chain import draw_chain, is_chain
from builder.drawing.layers import to_dot
from builder.drawing.neurons import Neurons, draw_neurons
from builder.drawing.svg import Shapes, safe_svg
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.runtime.module import build_module
from builder.teaching.walkthrough import plane_side
from builder.ui.state.heavy import heavy, series
from builder.ui.state.keyed import keyed
from builder.workers import tasks
from builder.workers.pool import Job


@keyed
def module(plan: Plan) -> nn.Sequential:
    """The live module of `plan`."""
    return build_module(plan)


described = heavy(tasks.described, lambda plan: plan.is_light(0), build=module)
values = heavy(tasks.values, lambda plan, name: plan.is_light(0), build=module)
counts = heavy(tasks.counts, lambda plan: plan.is_light(0), build=module)
probed = heavy(tasks.probed, lambda plan, batch: plan.is_light(batch.rows), build=module)
samples = heavy(tasks.samples, lambda plan, paths: plan.is_light(0), build=module)
propagated = heavy(tasks.propagated, lambda plan, rows, seed: plan.is_light(rows, True), build=module)
walked = heavy(tasks.walked, lambda plan, batch, *_: plan.is_light(batch.rows), build=module)
lamps = heavy(tasks.lamps, lambda *_: False, build=module)
_steadier = heavy(tasks.steadier, lambda plan, seed: plan.is_light(ROWS, True, len(CHANGES)), build=module)
_neurons = heavy(tasks.neurons, lambda plan, batch, *_: plan.is_light(batch.rows), build=module)
_plane = heavy(tasks.plane, lambda plan, *_: plan.is_light((plane_side(plan) or 0) ** 2), build=module)


def fix(plan: Plan, seed: int) -> Fix | None:
    """What would make `plan` steady."""
    return fix_called(_steadier(plan, seed))


def neurons(plan: Plan, batch: Batch, row: int, first: int, language: Language) -> Neurons:
    """The drawing of the neurons of `plan` from column `first` on, with the values of row `row` of `batch` if the network can live."""
    if plan.fits_budget(batch.rows):
        return _neurons(plan, batch, row, first, language)
    return draw_neurons(plan, None, language, first)


@keyed
def dot(plan: Plan, language: Language, closed: Collection[str]) -> str:
    """The drawing of `plan` layer by layer, as DOT, with the blocks at the paths `closed` as one node each."""
    return to_dot(plan, language, closed)


def plane(plan: Plan, point: Tensor, across: int, up: int, reach: float, side: int) -> Tensor:
    """The probabilities over the input plane through `point`: see `walkthrough.plane`."""
    others = point.clone()
    others[[across, up]] = 0.0  # where the point stands on the plane makes no other plane
    return _plane(plan, others, across, up, reach, side)


def seeds(plan: Plan, rows: int, seed: int, count: int) -> Job[Sizes]:
    """The signals of `plan` under `count` seeds of the weights, as far as they are measured."""
    return series("seeds", plan, rows, seed, count, total=count)


def judged(plan: Plan, rows: int, seed: int, count: int) -> Job[Fate]:
    """What becomes of `plan` under `count` seeds of the weights, as far as it is known."""
    return series("judged", plan, rows, seed, count, total=count)


def surveyed(plan: Plan, seed: int) -> Job[Cell]:
    """Every initializer against every activation in the network of `plan`, as far as they are tried out."""
    return series("surveyed", plan, seed, total=len(CELLS))


def layers_svg(plan: Plan, language: Language, closed: Collection[str]) -> Shapes | None:
    """The drawing of `plan` layer by layer, as SVG; None for a network with open blocks on a machine without Graphviz."""
    return draw_chain(plan, language) if is_chain(plan, closed) else svg(dot(plan, language, closed))


@keyed
def svg(dot: str) -> Shapes | None:
    """The drawing of `dot` as SVG; None on a machine without Graphviz, where the browser draws it itself."""
    if which("dot") is None:
        return None
    return safe_svg(str(graphviz.Source(dot).pipe(format="svg", encoding="utf-8")))


@keyed
def file(dot: str, format: str) -> bytes:
    """The drawing of `dot` on white paper as a file of `format`, svg, png or pdf. Raises ExecutableNotFound without Graphviz."""
    sharp = " dpi=192" if format == "png" else ""
    paper = dot.replace("bgcolor=transparent", f"bgcolor=white{sharp}", 1)
    return bytes(graphviz.Source(paper).pipe(format=format))
