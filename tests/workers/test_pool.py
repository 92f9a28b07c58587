"""The worker programs: they answer what the same function answers here, within their limits, each visit in its turn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.analysis.survey import CELLS
from builder.formats.link import to_token
from builder.layers.linear import Linear
from builder.network.experiment import Batch
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.training.data.toys import Xor
from builder.training.settings import Training
from builder.workers import pool as pools
from builder.workers.pool import FAILED, Job, Pool
from builder.workers.tasks import SERIES, SINGLE, answers
from builder.workers.wire import to_line
from builder.zoo.presets import PRESETS
from scripts.server import family
from tests.depth import examples
from tests.strategies import networks

TUTORIAL = make_plan(PRESETS["tutorial"].experiment.network)
HUGE = make_plan(
    NetworkSpec(
        input=Features(in_features=10_000),
        layers=tuple(Linear(name=f"linear{n}", out_features=10_000) for n in range(3)),
    )
)
LONG = make_plan(PRESETS["resnet18"].experiment.network)
A_VISIT = "visit"


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(programs=1)


def finished(job: Job[object], visit: str = A_VISIT) -> Job[object]:
    until = time.monotonic() + 60
    while not job.done and time.monotonic() < until:
        job.advance(visit, 1.0)
    assert job.done
    return job


def programs() -> list[int]:
    """The worker programs of this process."""
    return [pid for pid in family(os.getpid()) if b"builder.workers" in Path(f"/proc/{pid}/cmdline").read_bytes()]


ARGUMENTS: dict[str, tuple[object, ...]] = {
    "described": (TUTORIAL,),
    "values": (TUTORIAL, "linear1.weight"),
    "counts": (TUTORIAL,),
    "probed": (TUTORIAL, Batch(rows=3)),
    "neurons": (TUTORIAL, Batch(rows=3), 1, 0, "zh"),
    "plane": (make_plan(PRESETS["xor"].experiment.network), torch.tensor([0.5, -1.0]), 0, 1, 3.0, 5),
    "propagated": (TUTORIAL, 4, 1),
    "steadier": (make_plan(PRESETS["deep_sigmoid"].experiment.network), 0),
    "samples": (TUTORIAL, ["linear1.weight", "linear2.bias"]),
    "walked": (TUTORIAL, Batch(rows=3), None, 1, "linear2", "", 1),
    "lamps": (to_token(PRESETS["xor"].experiment), Training(data=Xor()).text),
    "seeds": (TUTORIAL, 4, 1, 6),
    "judged": (TUTORIAL, 4, 1, 3),
    "surveyed": (TUTORIAL, 1),
}


@pytest.mark.parametrize("task", [*SINGLE, *SERIES])
def test_a_program_answers_to_the_bit_what_is_answered_here(pool: Pool, task: str) -> None:
    here = list(answers(build_module, task, 0, ARGUMENTS[task]))
    there = finished(pool.ask(task, *ARGUMENTS[task], total=len(here)))
    assert there.failed is None
    assert list(map(to_line, there.found)) == list(map(to_line, here))


@examples(10, 300)
@given(network=networks(), rows=st.integers(1, 3))
def test_whatever_the_network(network: NetworkSpec, rows: int) -> None:
    plan = make_plan(network)
    (here,) = answers(build_module, "probed", 0, [plan, Batch(rows=rows)])
    (there,) = finished(pools.pool.ask("probed", plan, Batch(rows=rows))).found
    assert to_line(there) == to_line(here)


def test_what_was_asked_before_is_answered_at_once_and_by_the_same_object(pool: Pool) -> None:
    first = finished(pool.ask("counts", TUTORIAL))
    assert pool.ask("counts", make_plan(TUTORIAL.spec)) is first


def test_too_much_memory_is_cut_off_and_the_program_goes_on(pool: Pool) -> None:
    job = finished(pool.ask("probed", HUGE, Batch(rows=1)))
    assert job.failed == FAILED["memory"] and not job.found
    assert finished(pool.ask("probed", TUTORIAL, Batch(rows=2))).failed is None


def test_what_takes_too_long_is_stopped_and_another_program_goes_on() -> None:
    pool = Pool(programs=1, seconds=0.05)
    job = finished(pool.ask("propagated", LONG, 8, 0))
    assert job.failed == FAILED["time"] and not job.found
    pool.seconds = 60.0
    assert finished(pool.ask("probed", TUTORIAL, Batch(rows=1))).failed is None


def test_a_fault_of_ours_is_said_and_tried_again_after_a_while(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    job = finished(pool.ask("values", TUTORIAL, "nowhere"))
    assert job.failed == FAILED["fault"]
    first = job.ended
    job.advance(A_VISIT, 0.0)
    assert not job.wanted, "it is not tried again at once"
    monkeypatch.setattr(pools, "AGAIN", 0.0)
    until = time.monotonic() + 60
    while job.ended == first and time.monotonic() < until:
        job.advance(A_VISIT, 1.0)
    assert job.ended > first


def test_a_killed_program_is_replaced_and_its_work_goes_on_where_it_was_but_not_for_ever() -> None:
    pool = Pool(programs=1)
    before = set(programs())
    job = pool.ask("seeds", TUTORIAL, 4, 0, 10**6, total=10**6)
    for deaths in (1, 2):
        found = len(job.found)
        while len(job.found) <= found:
            job.advance(A_VISIT, 1.0)
        (program,) = set(programs()) - before
        os.kill(program, signal.SIGKILL)
        while job.failed is None and job.deaths < deaths:
            job.advance(A_VISIT, 0.1)
    assert job.failed == FAILED["died"]
    here = islice(SERIES["seeds"](TUTORIAL, 4, 0, 10**6), len(job.found))
    assert list(map(to_line, job.found)) == list(map(to_line, here))


def test_each_visit_has_its_turn() -> None:
    pool = Pool(programs=1)
    mine = [pool.ask("surveyed", TUTORIAL, seed, total=len(CELLS)) for seed in (10, 11, 12)]
    yours = pool.ask("surveyed", TUTORIAL, 13, total=len(CELLS))
    for job in mine:
        job.advance("mine", 0.0)
    while not yours.done:
        for job in mine:
            job.advance("mine", 0.0)
        yours.advance("yours", 0.1)
    assert not mine[2].done


def test_what_nobody_asks_for_any_more_is_given_up_and_can_be_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "FORGOTTEN", 0.3)
    pool = Pool(programs=1)
    job = pool.ask("seeds", TUTORIAL, 4, 20, 10**6, total=10**6)
    while not job.found:
        job.advance(A_VISIT, 0.1)
    other = pool.ask("counts", TUTORIAL)
    while not other.done:  # the only program is free for it once the first visit is gone
        other.advance("another", 0.1)
    found = len(job.found)
    while len(job.found) == found:
        job.advance(A_VISIT, 0.1)
    here = islice(SERIES["seeds"](TUTORIAL, 4, 20, 10**6), found + 1)
    assert list(map(to_line, here)) == list(map(to_line, job.found[: found + 1]))


def test_what_is_told_to_rest_stops_after_the_answer_that_it_is_at(pool: Pool) -> None:
    job = pool.ask("seeds", TUTORIAL, 4, 30, 10**6, total=10**6)
    while not job.found:
        job.advance(A_VISIT, 0.1)
    job.rest()
    finished(
        pool.ask("counts", make_plan(PRESETS["xor"].experiment.network)), "another"
    )  # it could not while the first goes on
    assert not job.wanted and not job.done


def test_answers_are_kept_within_their_bounds(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "KEPT", 3000)
    for rows in range(1, 30):
        finished(pool.ask("probed", TUTORIAL, Batch(rows=rows)))
    assert sum(job.size for job in pool._jobs.values()) <= 3000 + max(job.size for job in pool._jobs.values())
    assert pool.ask("probed", TUTORIAL, Batch(rows=1)).found == []


STARTED = """
import sys
from builder.network.planner import make_plan
from builder.workers.pool import Pool
from builder.zoo.presets import PRESETS
job = Pool(1).ask("counts", make_plan(PRESETS["tutorial"].experiment.network))
while not job.done:
    job.advance("visit", 1.0)
print("answered", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", STARTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_programs_end_with_their_server_however_that_ends(server: subprocess.Popen[bytes]) -> None:
    assert server.stdout and server.stdout.readline() == b"answered\n"
    (program,) = [pid for pid in family(server.pid) if pid != server.pid]
    server.kill()
    server.wait()
    until = time.monotonic() + 30
    while alive(program) and time.monotonic() < until:
        os.sched_yield()
    assert not alive(program)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
