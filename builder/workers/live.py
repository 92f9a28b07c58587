"""Who watches over the programs that train: gives each run a program, passes on what is wished and shown, and begins anew what dies.

A run is known by a key that cannot be guessed. All that a page must know of it is here; what it looks like goes from the program
to the browser as it is, without being read.
"""

from __future__ import annotations

import json
import logging
import time
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from threading import Condition, Thread
from typing import Any

from builder.core.messages import Message
from builder.core.options import Refusal
from builder.formats.link import to_token
from builder.network.experiment import Experiment
from builder.training.settings import Training
from builder.workers.pool import PROGRAMS, started

UNSEEN = 600.0  # seconds that a run goes on, and is kept, without anybody looking
MOST = 200  # runs of this server
SECONDS = 5.0  # that a page waits for an answer of a program
DEATHS = 3  # of its program that a run survives

FULL = Message("This server trains as many networks as it can: {n}. Try again when somebody has finished.", n=MOST)
DIED = Message(
    "The program that trains died {n} times, most likely for the memory that this network takes. All the rest works: make the batch or "
    "the largest layer smaller, or train with the exported script on a computer of your own.",
    n=DEATHS,
)
SILENT = Message("The training does not answer just now: this server is very busy. Try again.")

_LOGGER = logging.getLogger(__name__)
Hear = Callable[[str], None]


@dataclass
class LiveRun:
    """A run, as this side knows it."""

    key: str
    visit: str
    experiment: Experiment
    training: Training
    live: Live
    content: bytes = b""  # of the file that is learned from, if it is one
    saved: str | None = None  # the last checkpoint, as it came
    step: int = 0  # where that is
    curve: list[list[float | None]] = field(default_factory=list)  # what was measured up to there: see `trainer.curve`
    until: int = 0  # how far it was last told to go
    refused: tuple[str, str] | None = None  # why it is over, in both languages
    deaths: int = 0
    seen: float = field(default_factory=time.monotonic)  # when somebody last looked
    hears: Hear | None = None  # who looks
    asked: str | None = None  # the wish that is not answered
    set: str | None = None  # the answer to a change of the learning rate
    program: _Program | None = None

    def tell(self, word: str, *rest: object) -> None:
        """Say `word` to the program that has this run, which carries it out in its turn."""
        self.live.tell(self, word, *rest)

    def change_lr(self, lr: float) -> Training:
        """Go on with another learning rate; how it is set then. Raises `Refusal`."""
        return self.live.change_lr(self, lr)

    @property
    def checkpoint(self) -> bytes | None:
        """All that it takes to go on from `step`."""
        return b64decode(self.saved) if self.saved else None


class Live:
    """All runs of this server, on up to `programs` programs, which are started when they are needed."""

    def __init__(self, programs: int = PROGRAMS) -> None:
        self._count = programs
        self._programs: list[_Program] = []
        self._runs: OrderedDict[str, LiveRun] = OrderedDict()
        self._changed = Condition()

    def begin(self, visit: str, experiment: Experiment, training: Training, content: bytes = b"") -> LiveRun:
        """A new run of this visit, which stands at its first step; the one that it had ends. `content` is that of the file
        that is learned from, if it is one. Raises `Refusal`."""
        with self._changed:
            self._forget(visit)
            if len(self._runs) >= MOST:
                raise Refusal(FULL)
            run = LiveRun(token_urlsafe(18), visit, experiment, training, self, content)
            self._runs[run.key] = run
            self._place(run)
            return run

    def find(self, key: str) -> LiveRun | None:
        """The run with this key."""
        return self._runs.get(key)

    @property
    def count(self) -> int:
        """How many runs there are, of all visitors."""
        return len(self._runs)

    def tell(self, run: LiveRun, word: str, *rest: object) -> None:
        with self._changed:
            if run.refused or run.key not in self._runs:
                return
            match word:
                case "wish":
                    run.asked, run.seen = json.dumps(rest[0]), time.monotonic()
                case "pause" | "rewind":
                    run.until = 0
                case "go":
                    run.until = int(str(rest[0]))
            if run.program:
                run.program.tell(word, run.key, *rest)

    def change_lr(self, run: LiveRun, lr: float) -> Training:
        with self._changed:
            run.training.changed_at(max(run.step, 1), lr)  # one that can't be is refused here, in a sentence
            run.set = None
            if run.program:
                run.program.tell("lr", run.key, lr)
            if not self._changed.wait_for(lambda: run.set or run.refused, SECONDS) or run.set is None:
                raise Refusal(SILENT)
            run.training = Training.model_validate_json(run.set)
            return run.training

    def _forget(self, visit: str) -> None:
        """End what this visit had, and what nobody has looked at for long."""
        now = time.monotonic()
        for run in list(self._runs.values()):
            if run.visit == visit or now - run.seen > UNSEEN:
                self.end(run)

    def end(self, run: LiveRun) -> None:
        """There is nothing more to be done for it."""
        with self._changed:
            self._runs.pop(run.key, None)
            if run.program:
                run.program.tell("close", run.key)
                run.program.runs.discard(run.key)

    def _place(self, run: LiveRun) -> None:
        """Give it to the program with the fewest, or to a new one."""
        alive = [program for program in self._programs if program.alive]
        least = min(alive, key=lambda program: len(program.runs), default=None)
        if least is None or (least.runs and len(alive) < self._count):
            least = _Program(self._hear, self._lost)
            alive.append(least)
        self._programs = alive
        run.program = least
        least.runs.add(run.key)
        content = b64encode(run.content).decode()
        least.tell("open", run.key, to_token(run.experiment), run.training.text, run.saved, run.until, content)
        if run.asked:
            least.tell("wish", run.key, json.loads(run.asked))

    def _hear(self, line: bytes) -> None:
        """What a program says."""
        if line.startswith(b'["frame"'):
            key, frame = line[10:].decode().split('",', 1)
            run = self._runs.get(key)
            if run and run.hears:
                run.asked = None
                run.hears(f'{{"frame":{frame.rstrip()[:-1]}}}')
            return
        word, key, *rest = json.loads(line)
        with self._changed:
            run = self._runs.get(key)
            if run:
                self._note(run, word, *rest)
            self._changed.notify_all()

    def _note(self, run: LiveRun, word: str, *rest: Any) -> None:
        match word:
            case "saved":
                run.step, run.saved, run.curve, run.until = rest
            case "set":
                run.set = rest[0]
            case "refused" | "objected":
                if word == "refused":
                    run.refused = (rest[0], rest[1])
                if run.hears:
                    run.hears(json.dumps({"refused": rest}))

    def _lost(self, program: _Program) -> None:
        """A program has died: its runs go on elsewhere, from where they were last saved."""
        with self._changed:
            for key in list(program.runs):
                run = self._runs.get(key)
                if run is None:
                    continue
                run.deaths += 1
                run.program = None
                if run.deaths >= DEATHS:
                    self._note(run, "refused", DIED.text("en"), DIED.text("zh"))
                else:
                    self._place(run)
            self._changed.notify_all()


class _Program:
    """One program that trains, and the thread that hears it."""

    def __init__(self, hear: Callable[[bytes], None], lost: Callable[[_Program], None]) -> None:
        self.runs: set[str] = set()
        self._process = started("builder.workers.trainer")
        Thread(target=self._listen, args=(hear, lost), daemon=True, name="layerlab-trainer").start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def tell(self, word: str, *rest: object) -> None:
        """Send one line; one that is dead does not hear it, and `lost` sees to the rest."""
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps([word, *rest]).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            pass

    def _listen(self, hear: Callable[[bytes], None], lost: Callable[[_Program], None]) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            try:
                hear(line)
            except Exception:
                _LOGGER.exception("What a training program said could not be taken")
        self._process.wait()
        lost(self)


live = Live()
"""The one of this process."""
