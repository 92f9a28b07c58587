"""Runs that train in programs of their own: to the bit what a run does here, whatever happens to the program meanwhile."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from builder.core.options import Refusal
from builder.network.experiment import Experiment
from builder.socket import same_origin, take
from builder.training import checkpoint
from builder.training.data import DATA, load
from builder.training.fit import fitted
from builder.training.loop import Run
from builder.training.settings import Training
from builder.training.task import make_task
from builder.workers import live as lives
from builder.workers.live import Live, LiveRun
from builder.zoo.presets import PRESETS

SPIRALS = fitted(PRESETS["deep_relu"].experiment, load(DATA["spirals"]()))
LONG = Training(epochs=2000)
ALL = 10**6


class Watcher:
    """A browser that draws each frame and asks for the next."""

    def __init__(self, run: LiveRun) -> None:
        self.run, self.frames, self.refused = run, list[dict[str, Any]](), list[Any]()
        run.hears = self.hear
        self.wish()

    def wish(self) -> None:
        self.run.tell("wish", {"parts": ["curve"], "anew": True})

    def hear(self, said: str) -> None:
        told = json.loads(said)
        self.refused += told.get("refused", [])
        if "frame" in told:
            self.frames.append(told["frame"])
            self.wish()

    @property
    def step(self) -> int:
        return int(self.frames[-1]["step"]) if self.frames else -1


@pytest.fixture(scope="module")
def live_of_all() -> Live:
    """Its program takes seconds to start."""
    return Live(programs=1)


@pytest.fixture
def live(live_of_all: Live) -> Iterator[Live]:
    yield live_of_all
    for run in list(live_of_all._runs.values()):
        live_of_all.end(run)


def wait(condition: Callable[[], object], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def stands(watcher: Watcher) -> bool:
    return bool(watcher.frames) and not watcher.frames[-1]["goes_on"]


def weights(content: bytes | None) -> dict[str, list[Any]]:
    assert content
    return {name: tensor.tolist() for name, tensor in checkpoint.weights_of(content).items()}


def alone(experiment: Experiment, training: Training, steps: int) -> Run:
    run = Run(experiment, training)
    run.advance(steps)
    return run


def test_it_trains_as_a_run_does_here_and_goes_back_in_time(live: Live) -> None:
    run = live.begin("visit", SPIRALS, Training(epochs=30))
    watcher = Watcher(run)
    run.tell("go", ALL)
    wait(lambda: watcher.frames and watcher.frames[-1]["end"] and run.checkpoint and run.step == 240)
    assert weights(run.checkpoint) == weights(alone(SPIRALS, Training(epochs=30), 240).checkpoint())
    shelf = watcher.frames[-1]["shelf"]
    run.tell("rewind", shelf[-2])
    wait(lambda: run.step == shelf[-2])
    assert weights(run.checkpoint) == weights(alone(SPIRALS, Training(epochs=30), shelf[-2]).checkpoint())
    run.tell("by", 1)
    wait(lambda: run.step == shelf[-2] + 1)
    run.tell("epoch")
    wait(lambda: run.step == -(-(shelf[-2] + 2) // 8) * 8)


def test_a_killed_program_is_replaced_and_the_weights_are_the_same(live: Live) -> None:
    run = live.begin("visit", SPIRALS, Training(epochs=120))
    watcher = Watcher(run)
    run.tell("go", ALL)
    wait(lambda: watcher.step > 50)
    assert run.program
    os.kill(run.program._process.pid, signal.SIGKILL)
    wait(lambda: run.step == 960)
    assert run.deaths == 1
    assert weights(run.checkpoint) == weights(alone(SPIRALS, Training(epochs=120), 960).checkpoint())


def test_one_that_kills_its_program_is_given_up_and_says_so(live: Live) -> None:
    run = live.begin("visit", SPIRALS, LONG)
    watcher = Watcher(run)
    for death in range(lives.DEATHS):
        wait(lambda death=death: run.deaths == death and run.program and run.program.alive)  # type: ignore[misc]
        assert run.program
        os.kill(run.program._process.pid, signal.SIGKILL)
    wait(lambda: watcher.refused)
    assert watcher.refused == [lives.DIED.text("en"), lives.DIED.text("zh")]


def test_another_learning_rate_goes_on_from_where_it_stands(live: Live) -> None:
    run = live.begin("visit", SPIRALS, LONG)
    watcher = Watcher(run)
    run.tell("go", ALL)
    wait(lambda: watcher.step > 20)
    run.tell("pause")
    wait(lambda: stands(watcher) and run.step == watcher.step)
    at = run.step
    training = run.change_lr(0.001)
    assert [change.step for change in training.changes] == [at]
    run.tell("by", 40)
    wait(lambda: run.step == at + 40)
    assert weights(run.checkpoint) == weights(alone(SPIRALS, training, at + 40).checkpoint())
    with pytest.raises(Refusal):
        run.change_lr(-1.0)


def test_of_one_visit_there_is_one_run_and_what_nobody_looks_at_ends(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = live.begin("a", SPIRALS, LONG), live.begin("b", SPIRALS, LONG)
    third = live.begin("a", SPIRALS, LONG)
    assert (live.find(first.key), live.find(second.key), live.find(third.key)) == (None, second, third)
    assert len({first.key, second.key, third.key}) == 3
    monkeypatch.setattr(lives, "UNSEEN", -1.0)
    fourth = live.begin("c", SPIRALS, LONG)
    assert live.count == 1 and live.find(fourth.key) is fourth


def test_there_are_no_more_than_there_may_be(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "MOST", 1)
    live.begin("a", SPIRALS, LONG)
    with pytest.raises(Refusal, match="as many networks as it can"):
        live.begin("b", SPIRALS, LONG)
    live.begin("a", SPIRALS, LONG)


def test_all_runs_go_on_together(live: Live) -> None:
    runs = [live.begin(str(n), SPIRALS, LONG) for n in range(4)]
    watchers = [Watcher(run) for run in runs]
    for run in runs:
        run.tell("go", ALL)
    wait(lambda: all(watcher.step > 200 for watcher in watchers))
    assert not any(watcher.frames[-1]["end"] for watcher in watchers)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "{}",
        '{"do": []}',
        '{"do": ["close"]}',
        '{"do": ["open", 1]}',
        '{"do": ["go"]}',
        '{"do": ["go", -1]}',
        '{"do": ["go", 1e3]}',
        '{"do": ["go", true]}',
        '{"do": ["rewind", "1"]}',
        '{"do": ["lr", 1]}',
        '{"wish": 1}',
        '{"wish": {"parts": ["' + 2000 * "x" + '"]}}',
        "[" * 1000,
    ],
)
def test_what_no_page_says_is_not_taken(live: Live, said: str) -> None:
    run = live.begin("visit", SPIRALS, LONG)
    with pytest.raises(ValueError, match=r"too long|no number|not known|JSON|EOF|recursion|expected"):
        take(run, said)


def test_a_wish_that_can_not_be_is_refused_and_the_run_lives(live: Live) -> None:
    run = live.begin("visit", SPIRALS, LONG)
    heard = list[str]()
    run.hears = heard.append
    run.tell("wish", {"side": 10**9, "anew": True})
    wait(lambda: heard)
    assert "refused" in json.loads(heard[0]) and not run.refused
    run.tell("wish", {"anew": True})
    wait(lambda: len(heard) == 2)
    assert json.loads(heard[1])["frame"]["step"] == 0


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://a.example", "a.example", True),
        ("https://a.example:8501", "a.example:8501", True),
        ("https://b.example", "a.example", False),
        ("null", "a.example", False),
        (None, "a.example", False),
    ],
)
def test_only_a_page_of_this_server_is_heard(origin: str | None, host: str, same: bool) -> None:
    class Socket:
        headers = {"host": host} | ({"origin": origin} if origin else {})

    assert same_origin(Socket()) is same  # type: ignore[arg-type]


def test_the_task_that_is_tested_has_no_obstacle() -> None:
    assert make_task(SPIRALS, LONG, load(LONG.data)).obstacle is None
