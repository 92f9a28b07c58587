"""Every cache of the app: bounded (a module takes up to 64 MB), and keyed on canonical text: Streamlit's keys forget class names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from shutil import which

import graphviz
import streamlit as st
from torch import Tensor, nn

from builder.analysis.crosscheck import Counts, count_three_ways
from builder.analysis.signals import Signals, Sizes, measure, over_seeds
from builder.analysis.survey import CELLS, Cell, survey
from builder.analysis.verdict import Cure, cure
from builder.analysis.weights import Parameter, Sample
from builder.analysis.weights import measure as measured
from builder.core.messages import Language
from builder.core.work import Work
from builder.drawing.layers import to_dot
from builder.drawing.neurons import Live, Neurons, draw_neurons
from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import Probe, probe, signals
from builder.teaching import walkthrough


def module(plan: Plan, *, live: bool) -> nn.Sequential:
    """The module of `plan`; without storage unless `live`. It is shared: look at it, never change it."""
    return _module(plan.spec.model_dump_json(), live, plan)


def counts(plan: Plan) -> Counts:
    """The parameters of `plan`, counted three ways."""
    return _counts(plan.spec.model_dump_json(), plan)


def probed(plan: Plan, experiment: Experiment) -> Probe:
    """The batch of `experiment` sent through the live module of `plan`."""
    return _probed(experiment.canonical(), plan, experiment)


def neurons(plan: Plan, experiment: Experiment, row: int, first: int, language: Language) -> Neurons:
    """The drawing of the neurons of `plan` from column `first` on, with the values of row `row` if the network can live."""
    return _neurons(experiment.canonical(), row, first, language, plan, experiment)


def dot(plan: Plan, language: Language, closed: Collection[str]) -> str:
    """The drawing of `plan` layer by layer, as DOT, with the blocks at the paths `closed` as one node each."""
    return _dot(plan.spec.model_dump_json(), language, sorted(closed), plan)


def plane(plan: Plan, point: Tensor, across: int, up: int, reach: float, side: int) -> Tensor:
    """The probabilities over the input plane through `point`: see `walk.plane`."""
    others = point.clone()
    others[[across, up]] = 0.0  # where the point stands on the plane makes no other plane
    key = f"{plan.spec.model_dump_json()} {others.tolist()} {across} {up} {reach} {side}"
    return _plane(key, plan, others, across, up, reach, side)


def propagated(plan: Plan, rows: int, seed: int) -> Signals:
    """How signal and gradient fare in the live module of `plan`, over `rows` rows drawn with `seed`."""
    return _propagated(plan.spec.model_dump_json(), rows, seed, plan)


def cured(plan: Plan, seed: int) -> Cure | None:
    """What would make `plan` steady."""
    return _cured(plan.spec.model_dump_json(), seed, plan)


def seeds(plan: Plan, rows: int, seed: int, count: int) -> Work[Sizes]:
    """The signals of `plan` under `count` seeds of the weights, as far as they are measured."""
    return _seeds(plan.spec.model_dump_json(), rows, seed, count, plan)


def surveyed(spec: NetworkSpec, seed: int) -> Work[Cell]:
    """Every initializer against every activation in `spec`, as far as they are tried out."""
    return _surveyed(spec.model_dump_json(), seed, spec)


def samples(plan: Plan, shown: Sequence[Parameter]) -> dict[str, Sample]:
    """What the parameters `shown` of the live module of `plan` measure, by their paths."""
    return _samples(plan.spec.model_dump_json(), [parameter.path for parameter in shown], plan, shown)


@st.cache_data(max_entries=512, show_spinner=False)
def svg(dot: str) -> str | None:
    """The drawing of `dot` as SVG; None on a machine without Graphviz, where the browser draws it itself."""
    if which("dot") is None:
        return None
    return str(graphviz.Source(dot).pipe(format="svg", encoding="utf-8"))


@st.cache_data(max_entries=32, show_spinner=False)
def file(dot: str, format: str) -> bytes:
    """The drawing of `dot` on white paper as a file of `format`, svg, png or pdf. Raises ExecutableNotFound without Graphviz."""
    sharp = " dpi=192" if format == "png" else ""
    paper = dot.replace("bgcolor=transparent", f"bgcolor=white{sharp}", 1)
    return bytes(graphviz.Source(paper).pipe(format=format))


@st.cache_resource(max_entries=64, show_spinner=False)
def _neurons(key: str, row: int, first: int, language: Language, _plan: Plan, _experiment: Experiment) -> Neurons:
    batch, live = _experiment.batch, None
    if _plan.fits_budget(batch.rows):
        shared = module(_plan, live=True)
        live = Live(shared, signals(shared, _plan, batch, row), row, batch.rows)
    return draw_neurons(_plan, live, language, first)


@st.cache_data(max_entries=512, show_spinner=False)
def _dot(key: str, language: Language, closed: list[str], _plan: Plan) -> str:
    return to_dot(_plan, language, closed)


@st.cache_resource(max_entries=16, show_spinner=False)
def _plane(key: str, _plan: Plan, _point: Tensor, _across: int, _up: int, _reach: float, _side: int) -> Tensor:
    return walkthrough.plane(module(_plan, live=True), _plan, _point, _across, _up, _reach, _side)


@st.cache_resource(max_entries=32, show_spinner=False)
def _samples(key: str, paths: list[str], _plan: Plan, _shown: Sequence[Parameter]) -> dict[str, Sample]:
    live = module(_plan, live=True)
    return {
        parameter.path: measured(live.get_parameter(parameter.path), parameter.distribution) for parameter in _shown
    }


@st.cache_resource(max_entries=8, show_spinner=False)
def _module(key: str, live: bool, _plan: Plan) -> nn.Sequential:
    return build_module(_plan, meta=not live)


@st.cache_resource(max_entries=256, show_spinner=False)
def _counts(key: str, _plan: Plan) -> Counts:
    return count_three_ways(_plan, module(_plan, live=_plan.fits_budget(0)))


@st.cache_resource(max_entries=8, show_spinner=False)
def _probed(key: str, _plan: Plan, _experiment: Experiment) -> Probe:
    return probe(module(_plan, live=True), _plan, _experiment.batch)


@st.cache_resource(max_entries=24, show_spinner=False)
def _propagated(key: str, rows: int, seed: int, _plan: Plan) -> Signals:
    return measure(module(_plan, live=True), _plan, rows, seed)


@st.cache_resource(max_entries=256, show_spinner=False)
def _cured(key: str, seed: int, _plan: Plan) -> Cure | None:
    return cure(_plan, seed)


@st.cache_resource(max_entries=16, show_spinner=False)
def _seeds(key: str, rows: int, seed: int, count: int, _plan: Plan) -> Work[Sizes]:
    return Work(over_seeds(_plan, rows, seed, count), count)


@st.cache_resource(max_entries=64, show_spinner=False)
def _surveyed(key: str, seed: int, _spec: NetworkSpec) -> Work[Cell]:
    return Work(survey(_spec, seed), len(CELLS))
