"""What a visitor trains: the settings, which are part of the link, and the run that follows from them and the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from builder.core.options import Refusal
from builder.network.experiment import Experiment
from builder.network.spec import NetworkSpec
from builder.runtime.tensors import packed
from builder.training.checkpoint import weights_of
from builder.training.data import Data, Dataset, Sheet, Table, inspected, load, load_table
from builder.training.settings import Training
from builder.training.task import Task, make_task
from builder.ui.state import session
from builder.workers.live import LiveRun, live

VIEW, EVERYWHERE = "training", "learned"  # views: the settings; are the learned weights seen on all pages?
MOST_RUNS = 8  # that a visit keeps to compare with
MOST_FILES = 3  # that a visit keeps
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


@dataclass
class Files:
    """The files of a visit by their SHA-256, the one opened last at the end; a link holds no more of them than that."""

    contents: dict[str, bytes] = field(default_factory=dict)
    read: dict[str, Dataset] = field(default_factory=dict)  # by the text of the data

    def take(self, sheet: Sheet, content: bytes) -> None:
        self.contents = dict([*self.contents.items(), (sheet.table.sha256, content)][-MOST_FILES:])
        self.read.clear()


def open_file(content: bytes) -> None:
    """Learn from the file `content` from now on; as before where the link waited for this very one. A bad one is refused in a sentence."""
    try:
        sheet = inspected(content)
    except Refusal as refusal:
        session.notify(refusal.message)
        return
    session.kept(Files).take(sheet, content)
    data = settings().data
    if not (isinstance(data, Table) and data.sha256 == sheet.table.sha256):
        keep(settings().with_option("data", sheet.table))


def sheet() -> Sheet | None:
    """What is in the file that is learned from; None if it is none, or is not there."""
    data = settings().data
    if not isinstance(data, Table) or (content := session.kept(Files).contents.get(data.sha256)) is None:
        return None
    return inspected(content, encoding=data.encoding, delimiter=data.delimiter, decimal=data.decimal)


def dataset(data: Data) -> Dataset:
    """The rows of a set of data. Raises `Refusal` for a file that is not there, or can't be read so."""
    files = session.kept(Files)
    if not isinstance(data, Table) or data.sha256 not in files.contents:
        return load(data)
    if data.text not in files.read:
        files.read = {data.text: load_table(data, files.contents[data.sha256])}
    return files.read[data.text]


def task(experiment: Experiment, training: Training) -> Task:
    """What is to be learned, or what keeps it from that. Raises `Refusal` where the data are not there."""
    return make_task(experiment, training, dataset(training.data))


def running(experiment: Experiment, training: Training) -> LiveRun:
    """The run of this network with these settings: the one that was there, or a new one. Raises `Refusal`."""
    runs = session.kept(Runs)
    now = runs.now
    if now and live.find(now.key) is now and now.training == training and _same(now.experiment, experiment):
        return now
    data = training.data
    content = session.kept(Files).contents.get(data.sha256, b"") if isinstance(data, Table) else b""
    begun = live.begin(session.number(), experiment, training, content)
    if now is not None and now.step:
        runs.before = [*runs.before, Ran(runs.number, now.experiment, now.training, now.curve, now.step)][-MOST_RUNS:]
        runs.number += 1
    runs.now = begun
    return begun


def _same(a: Experiment, b: Experiment) -> bool:
    return a.network.text == b.network.text


def learned(network: NetworkSpec) -> bytes:
    """The weights that the run of `network` stands at, if they are to be seen on all pages; else nothing."""
    now = session.kept(Runs).now
    seen = session.view(EVERYWHERE, "off", ("on", "off")) == "on"
    if not seen or now is None or now.experiment.network.text != network.text:
        return b""
    content = now.checkpoint
    return packed(weights_of(content)) if content else b""


def step_seen() -> int:
    """The step that the run stands at."""
    now = session.kept(Runs).now
    return now.step if now else 0


def begin_anew() -> None:
    """The run is gone: the next look begins it again."""
    session.kept(Runs).now = None


def again(ran: Ran) -> None:
    """Bring back a run: its network and its settings."""
    keep(ran.training)
    session.edit(lambda _: ran.experiment)
