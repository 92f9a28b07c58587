"""Who watches over the worker programs: starts them, gives each visit its turn, stops what takes too long, and replaces what dies."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread, Timer
from typing import Any, Generic, TypeVar

from builder.core.messages import Message
from builder.workers.wire import from_line, to_line

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = 2
START = 60.0  # seconds that a program may take to start
SECONDS = 30.0  # that an answer may take, on a machine that gives clicks the way
FORGOTTEN = 5.0  # seconds after which work that nobody asks for is given up; a page asks about every second
AGAIN = 60.0  # seconds after which what failed is tried again
KEPT = 64 * 10**6  # bytes of answers that are kept
DEATHS = 1  # of its program that a job survives: it goes on where it was
DIED = "died"
MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1000000",
    "MALLOC_ARENA_MAX": "1",
}  # tensors that are freed go back to the system at once

FAILED = {
    "time": Message(
        "This took longer than {n} seconds here and was stopped. All the rest works: make the batch or the largest layer smaller, "
        "or run the exported program on a computer of your own.",
        n=int(SECONDS),
    ),
    "memory": Message(
        "This took more memory than there is for it here and was stopped. All the rest works: make the batch or the largest layer "
        "smaller, or run the exported program on a computer of your own."
    ),
    DIED: Message(
        "The program that calculates this died {n} times, most likely for the memory that it took. All the rest works: make the batch or "
        "the largest layer smaller, or run the exported program on a computer of your own.",
        n=DEATHS + 1,
    ),
    "fault": Message(
        "This could not be calculated, which is a fault of Layerlab and not of your network. All the rest works, and nothing is lost."
    ),
}

Found = TypeVar("Found")
_LOGGER = logging.getLogger(__name__)


@dataclass
class Job(Generic[Found]):
    """What was found so far of the `total` answers to a task. It is shared by all who ask for the same: look at it, never change it."""

    task: str
    arguments: Sequence[object]
    total: int
    pool: Pool
    found: list[Found] = field(default_factory=list)
    failed: Message | None = None
    size: int = 0  # bytes of all answers
    asked: float = 0.0  # when somebody last asked for it
    ended: float = 0.0  # when it failed
    deaths: int = 0  # of programs that worked on it
    visit: str = ""  # for whom it is worked on
    wanted: bool = False  # is it waiting, or being worked on?

    @property
    def done(self) -> bool:
        return len(self.found) >= self.total or self.failed is not None

    def advance(self, visit: str, seconds: float) -> None:
        """Have it worked on for a while, for `visit`, and wait until something more is found, at most so many seconds."""
        self.pool.work_on(self, visit, seconds)

    def rest(self) -> None:
        """Have it worked on no longer, unless somebody else wants it: what is found stays, and `advance` goes on from there."""
        self.asked = 0.0


class Pool:
    """Up to `programs` worker programs, started when they are needed, that answer what visits `ask`."""

    def __init__(self, programs: int = PROGRAMS, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._programs = programs
        self._changed = Condition()
        self._jobs: OrderedDict[bytes, Job[Any]] = OrderedDict()  # the one that was asked for last at the end
        self._waiting: list[Job[Any]] = []
        self._turns: OrderedDict[str, bool] = (
            OrderedDict()
        )  # visits, the one served last at the end; True while it is served
        self._threads: list[Thread] = []
        self._idle = 0

    def ask(self, task: str, *arguments: object, total: int = 1) -> Job[Any]:
        """The answers to `task` as far as they are known; `advance` has them worked out."""
        key = to_line([task, list(arguments)])
        with self._changed:
            job = self._jobs.setdefault(key, Job(task, arguments, total, self))
            self._jobs.move_to_end(key)
            self._forget()
        return job

    def work_on(self, job: Job[Any], visit: str, seconds: float) -> None:
        """See `Job.advance`."""
        with self._changed:
            before, job.asked = len(job.found), time.monotonic()
            if job.failed and job.asked - job.ended > AGAIN:
                job.failed = None
            if not job.done and not job.wanted:
                job.visit, job.wanted = visit, True
                self._waiting.append(job)
                self._changed.notify_all()
                self._hire()
            self._changed.wait_for(lambda: job.done or len(job.found) > before, seconds)

    def _hire(self) -> None:
        """One more program, if all are at work."""
        if self._idle < len(self._waiting) and len(self._threads) < self._programs:
            thread = Thread(target=self._serve, daemon=True, name="layerlab-worker")
            self._threads.append(thread)
            thread.start()

    def _forget(self) -> None:
        """Keep the answers within their bounds: those that were asked for longest ago go first."""
        size = sum(job.size for job in self._jobs.values())
        for key, job in list(self._jobs.items())[:-1]:
            if size <= KEPT and len(self._jobs) <= 1000:
                break
            if not job.wanted:
                size -= job.size
                del self._jobs[key]

    def _serve(self) -> None:
        """Carry out one job after the other, with a program that is replaced when it dies."""
        program: _Program | None = None
        while True:
            job = self._next()
            failed: str | None = "fault"
            try:
                if program is None or not program.alive:
                    program = _Program()
                failed = self._carry_out(program, job)
            except Exception:
                _LOGGER.exception("A worker program failed at %s", job.task)
                if program:
                    program.kill()
            finally:
                self._end(job, failed)

    def _next(self) -> Job[Any]:
        """The next job: of the visit that was served longest ago, and that has none under way."""
        with self._changed:
            self._idle += 1
            while not (job := self._choice()):
                self._changed.wait()
            self._idle -= 1
            self._waiting.remove(job)
            self._turns[job.visit] = True
            self._turns.move_to_end(job.visit)
            return job

    def _choice(self) -> Job[Any] | None:
        for job in [job for job in self._waiting if self._is_forgotten(job)]:
            self._waiting.remove(job)
            job.wanted = False
        order = {visit: place for place, visit in enumerate(self._turns)}
        free = [job for job in self._waiting if not self._turns.get(job.visit)]
        return min(free, key=lambda job: order.get(job.visit, -1), default=None)

    def _is_forgotten(self, job: Job[Any]) -> bool:
        return time.monotonic() - job.asked > FORGOTTEN

    def _carry_out(self, program: _Program, job: Job[Any]) -> str | None:
        """Work on `job` until it is done or nobody wants it any more; says how it failed, if it did."""
        program.tell([job.task, len(job.found), list(job.arguments)])
        while True:
            (word, told), size = program.hear(self.seconds)
            if word != "answer":
                if told == "memory":
                    program.kill()  # it is ending, and must not be given another job meanwhile
                return told if word == "failed" else None
            with self._changed:
                job.found.append(told)
                job.size += size
                self._changed.notify_all()
                goes_on = not job.done and not self._is_forgotten(job)
            program.tell(goes_on)

    def _end(self, job: Job[Any], failed: str | None) -> None:
        with self._changed:
            self._turns[job.visit] = False
            job.wanted = failed == DIED and job.deaths < DEATHS
            if job.wanted:
                job.deaths += 1
                self._waiting.append(job)
            elif failed:
                job.failed, job.ended = FAILED[failed], time.monotonic()
            while len(self._turns) > 1000:
                self._turns.popitem(last=False)
            self._changed.notify_all()


def started(module: str) -> subprocess.Popen[bytes]:
    """A program of ours, `python -m module`, which is told and says lines."""
    command, own = [sys.executable, "-m", module], {**os.environ, **MALLOC}
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=own)


class _Program:
    """One worker program that is running."""

    def __init__(self) -> None:
        self._process = started("builder.workers")
        self.hear(START)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def tell(self, what: object) -> None:
        """Send one line. Raises OSError if the program has died."""
        assert self._process.stdin
        self._process.stdin.write(to_line(what))
        self._process.stdin.flush()

    def hear(self, seconds: float) -> tuple[tuple[str, Any], int]:
        """What the program says next, and how many bytes that were; it is killed if it does not within `seconds`, or dies by itself."""
        assert self._process.stdout
        late, begun = Timer(seconds, self._process.kill), time.monotonic()
        late.daemon = True
        late.start()
        line = self._process.stdout.readline()
        late.cancel()
        if line.endswith(b"\n"):
            word, told = from_line(line)
            return (word, told), len(line)
        self.kill()
        return ("failed", "time" if time.monotonic() - begun >= seconds else DIED), 0


pool = Pool()
"""The one of this process."""
