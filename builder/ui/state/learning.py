"""What a visitor trains: the settings, which are part of the link, and the run that follows from them and the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from builder.network.experiment import Experiment
from builder.training.data import Data, Dataset, load
from builder.training.settings import Training
from builder.training.task import Task, make_task
from builder.ui.state import session
from builder.ui.state.keyed import keyed
from builder.workers.live import LiveRun, live

VIEW = "training"  # of the link
MOST_RUNS = 8  # that a visit keeps to compare with
MAX_TEXT = 10_000  # characters of the settings


@dataclass(frozen=True)
class Ran:
    """A run that another has followed: what it was, and what it came to."""

    number: int
    experiment: Experiment
    training: Training
    curve: list[list[float | None]]
    step: int


@dataclass
class Runs:
    """Those of one visit."""

    now: LiveRun | None = None
    number: int = 1  # of the one that is on the page
    before: list[Ran] = field(default_factory=list)  # newest last


def settings() -> Training:
    """How the network is trained; what a link says and can't be taken is as if it said nothing."""
    raw = session.raw_view(VIEW)
    return _read(raw) if raw is not None else Training()


@lru_cache(maxsize=256)
def _read(raw: str) -> Training:
    try:
        values = json.loads(raw) if len(raw) <= MAX_TEXT else None
        return Training.checked(values) if isinstance(values, dict) else Training()
    except (ValueError, RecursionError):  # a refusal among them
        return Training()


def keep(training: Training) -> None:
    """Train so from now on."""
    session.choose(VIEW, training.text)


def applied(change: Callable[[Training, Any], Training]) -> Callable[[Experiment, Any], Experiment]:
    """`change` as an edit of the experiment, which it leaves alone: so fields refuse and take it as any other entry."""

    def apply(experiment: Experiment, value: Any) -> Experiment:
        keep(change(settings(), value))
        return experiment

    return apply


def change_lr(experiment: Experiment, lr: float) -> Experiment:
    """Train with another learning rate: the run that is on the page goes on with it, and its settings say from which step on."""
    training, run = settings(), session.kept(Runs).now
    if run is not None and run.training == training and not run.refused:
        keep(run.change_lr(lr))
    else:
        keep(training.with_option("optimiser", training.optimiser.with_option("lr", lr)))
    return experiment


@keyed
def dataset(data: Data) -> Dataset:
    """The rows of a set of data."""
    return load(data)


def task(experiment: Experiment, training: Training) -> Task:
    """What is to be learned, or what keeps it from that."""
    return make_task(experiment, training, dataset(training.data))


def running(experiment: Experiment, training: Training) -> LiveRun:
    """The run of this network with these settings: the one that was there, or a new one. Raises `Refusal`."""
    runs = session.kept(Runs)
    now = runs.now
    if now and live.find(now.key) is now and now.training == training and _same(now.experiment, experiment):
        return now
    begun = live.begin(session.number(), experiment, training)
    if now is not None and now.step:
        runs.before = [*runs.before, Ran(runs.number, now.experiment, now.training, now.curve, now.step)][-MOST_RUNS:]
        runs.number += 1
    runs.now = begun
    return begun


def _same(a: Experiment, b: Experiment) -> bool:
    return a.network.text == b.network.text


def begin_anew() -> None:
    """The run is gone: the next look begins it again."""
    session.kept(Runs).now = None


def again(ran: Ran) -> None:
    """Bring back a run: its network and its settings."""
    keep(ran.training)
    session.edit(lambda _: ran.experiment)
