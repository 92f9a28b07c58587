"""A class on the app, beside the same class on the smallest Streamlit app: N students over websockets, a gesture a second each.

The gestures are real ones of the page Build: select, neurons, add, undo, draw again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from builder.formats.link import to_token
from builder.ui.parts.progress import AGAIN
from builder.zoo.presets import PRESETS
from scripts.server import Server, family, serving
from scripts.student import QUERY, Run, Student

SMALLEST = """import streamlit as st
st.session_state.count = st.session_state.get("count", 0) + st.button("add", key="add")
st.text(st.session_state.count)
"""
HEAVY = PRESETS["resnet50"].experiment  # the heaviest that lives here


async def build(student: Student, chance: random.Random) -> Run:
    """One of the five gestures."""
    kind = chance.choice(["select", "size", "add", "undo", "draw"])
    if kind == "select":
        run = await student.gesture("layer_list", type="select", path=chance.choice(["linear1", "linear2", "out"]))
    elif kind == "size":
        await student.gesture("layer_list", type="select", path="linear1")
        run = await student.gesture("layer", name="linear1.out_features", value=str(chance.randrange(2, 40)))
    elif kind == "add":
        run = await student.gesture("add", name="dense", value=True)
    elif kind == "undo":
        run = await student.gesture("head", name="undo", value=True)
    else:
        run = await student.gesture("batch", name="draw", value=True)
    run.kind = kind
    return run


async def weigh(student: Student, _chance: random.Random) -> Run:
    """What is heavy on the heaviest network that may live here: another input for it, and to ask for the answer as the page does."""
    run = await student.gesture("batch", name="draw", value=True)
    for _ in range(3):
        await asyncio.sleep(AGAIN / 1000)
        run = await student.gesture("waiting", name="on", value=True)
    return run


async def count(student: Student, _chance: random.Random) -> Run:
    run = await student.click()
    run.kind = "click"
    return run


Act = Callable[[Student, random.Random], Awaitable[Run]]


@dataclass(frozen=True)
class Figures:
    """What a class of so many students came to."""

    app: str
    students: int
    rate: float  # gestures a second
    p50: float  # ms
    p95: float
    cpu: float  # ms a gesture, of all processes of the server
    messages: float  # a gesture
    kilobytes: float
    megabytes: float  # of memory, a student
    errors: int
    gigabytes: float  # of memory, the server with its programs

    def row(self) -> str:
        return (
            f"{self.app:<10} {self.students:>4} {self.rate:>7.1f} {self.p50:>8.0f} {self.p95:>8.0f} {self.cpu:>8.1f} "
            f"{self.messages:>9.1f} {self.kilobytes:>7.1f} {self.megabytes:>8.2f} {self.errors:>7} {self.gigabytes:>6.2f}"
        )


COLUMNS = {
    "N": 15,
    "1/s": 7,
    "p50 ms": 8,
    "p95 ms": 8,
    "CPU ms": 8,
    "messages": 9,
    "kB": 7,
    "MB each": 8,
    "errors": 7,
    "GB": 6,
}
HEAD = " ".join(f"{name:>{width}}" for name, width in COLUMNS.items())


async def lesson(
    name: str,
    server: Server,
    students: int,
    seconds: float,
    act: Act,
    heavy: int = 0,
) -> Figures:
    """A class of `students` for so many `seconds`, each with a gesture a second at most; beside them, uncounted, so many `heavy` ones."""
    memory = resident(server.pid)
    every = [Student(server.address) for _ in range(students)]
    others = [Student(server.address, f"{QUERY}&n={to_token(HEAVY)}") for _ in range(heavy)]
    for student in (*every, *others):
        await student.open()
    began, cpu = time.perf_counter(), used(server.pid)
    runs: list[Run] = []
    failures: list[str] = []

    async def learn(number: int, student: Student, act: Act = act, runs: list[Run] = runs) -> None:
        chance = random.Random(number)
        due = began + chance.random()
        while due < began + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            try:
                runs.append(await act(student, chance))
            except Exception as error:  # whatever it is, it is counted and shown
                failures.append(repr(error))
                return
            due = max(due + 1, time.perf_counter())

    beside = [learn(number, student, weigh, []) for number, student in enumerate(others)]
    await asyncio.gather(*(learn(number, student) for number, student in enumerate(every)), *beside)
    took, spent, grown = time.perf_counter() - began, used(server.pid) - cpu, resident(server.pid) - memory
    for student in (*every, *others):
        await student.socket.close()
    faults = failures + [fault for run in runs for fault in run.faults]
    for fault in faults[:3]:
        print("   ", fault)
    times = sorted(run.ms for run in runs)
    return Figures(
        app=name,
        students=students,
        rate=len(runs) / took,
        p50=times[len(times) // 2],
        p95=times[int(0.95 * len(times))],
        cpu=1e3 * spent / len(runs),
        messages=mean(run.messages for run in runs),
        kilobytes=mean(run.bytes for run in runs) / 1e3,
        megabytes=grown / students,
        errors=len(faults),
        gigabytes=resident(server.pid) / 1e3,
    )


def used(pid: int) -> float:
    """Seconds of a processor that a server has used, with those of the programs it has called."""
    ticks = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Megabytes of memory that a server holds."""
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", default="1,10,30,60")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--heavy", type=int, default=20)
    parser.add_argument("--json", type=Path, default=Path("bench/class.json"))
    chosen = parser.parse_args(argv)
    sizes = [int(word) for word in chosen.students.split(",")]
    every: list[Figures] = []
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        log, smallest = Path(folder) / "log.txt", Path(folder) / "smallest.py"
        smallest.write_text(SMALLEST, encoding="utf-8")
        for workers in map(int, chosen.workers.split(",")):
            with serving(log, str(smallest)) as beside, serving(log, workers=workers) as ours:
                asyncio.run(lesson("", ours, workers, 3, build))  # what comes first is slow
                for size in sizes:
                    for name, server, act in (
                        ("smallest", beside, count),
                        (f"{workers} worker{'s' * (workers > 1)}", ours, build),
                    ):
                        every.append(asyncio.run(lesson(name, server, size, chosen.seconds, act)))
                        print(every[-1].row(), flush=True)
                if chosen.heavy:
                    name = f"+{chosen.heavy} heavy"
                    every.append(asyncio.run(lesson(name, ours, sizes[-1], chosen.seconds, build, chosen.heavy)))
                    print(every[-1].row(), flush=True)
    chosen.json.parent.mkdir(exist_ok=True)
    chosen.json.write_text(json.dumps([vars(figures) for figures in every], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
