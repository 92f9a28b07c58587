"""The program that trains: `python -m builder.workers.trainer` has many runs at once, each with its share of the time.

It is told one line of JSON at a time, `[word, run, …]`, and says one line at a time, the same way; `live` starts it and knows
the other side. A run that is asked for a frame says one as soon as there is something new, and no sooner than `PACE` after the
last: so no more frames are made than are looked at.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from builder.core.messages import Message
from builder.core.options import Refusal
from builder.formats.link import from_token
from builder.training.data import Table, load, load_table
from builder.training.loop import Run
from builder.training.settings import Training
from builder.training.watch import Demand, frame, in_words, points, row
from builder.workers.__main__ import MEMORY, limit_memory

POLITE = 10  # clicks are answered first, and what is looked at once before what goes on
PACE = 0.1  # seconds between two frames of a run, at least
ROUND = 0.2  # seconds in which each run that goes on has its turn
TURN = 0.02  # seconds of one turn, at most
MOST_EPOCHS = 200  # that are kept of a run's curve for the side that watches over it
SAVED = 5.0  # seconds after which what is done is told, so that another program can go on there

FAULT = Message(
    "The training failed, which is a fault of Layerlab and not of your network. All the rest works, and nothing is lost."
)

Say = Callable[..., None]


class Live:
    """A run that is watched: how far it is to go, and what was last asked of it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.until = 0  # it goes on to here
        self.wish: dict[str, Any] | None = None  # of a frame that is owed
        self.news = True  # is there anything that the last frame did not show?
        self.shown = 0.0  # when that was made
        self.saved = time.monotonic()

    @property
    def goes_on(self) -> bool:
        return self.run.end is None and self.run.step < self.until

    def work(self, seconds: float) -> None:
        self.run.work(seconds, self.until)
        self.news = True

    def owes(self, now: float) -> bool:
        """Is it time for a frame?"""
        return self.wish is not None and self.news and now - self.shown >= PACE


def main() -> None:
    """Train until whoever started this is gone."""
    given, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what anything prints must not get between the lines
    if hasattr(os, "nice"):
        os.nice(POLITE)
    limit_memory(MEMORY)

    def say(word: str, key: str, *rest: object) -> None:
        out.write(json.dumps([word, key, *rest], separators=(",", ":")).encode() + b"\n")

    with suppress(BrokenPipeError):
        say("ready", "")
        Trainer(say).serve(heard(given))


def heard(given: BinaryIO) -> SimpleQueue[list[Any] | None]:
    """The lines of `given` as they come; None at its end."""
    told: SimpleQueue[list[Any] | None] = SimpleQueue()

    def read() -> None:
        for line in given:
            told.put(json.loads(line))
        told.put(None)

    Thread(target=read, daemon=True).start()
    return told


class Trainer:
    """All runs of one program."""

    def __init__(self, say: Say) -> None:
        self.runs: dict[str, Live] = {}
        self.say = say

    def serve(self, told: SimpleQueue[list[Any] | None]) -> None:
        """Do what is told, and train meanwhile, until there is no more to come."""
        while True:
            for line in self._waiting(told):
                if line is None:
                    return
                self._answer(*line)
            going = [key for key, live in self.runs.items() if live.goes_on]
            for key in going:
                self._guarded(key, self._turn, min(TURN, ROUND / len(going)))

    def _waiting(self, told: SimpleQueue[list[Any] | None]) -> Iterator[list[Any] | None]:
        """What has been told since; if nothing goes on, it waits for that, or for the next frame that is owed."""
        idle = not any(live.goes_on for live in self.runs.values())
        with suppress(Empty):
            if idle:
                owed = any(live.wish is not None and live.news for live in self.runs.values())
                yield told.get(timeout=PACE if owed else None)
            while True:
                yield told.get_nowait()
        for key in list(self.runs):
            self._guarded(key, self._show)

    def _turn(self, key: str, seconds: float) -> None:
        live = self.runs[key]
        live.work(seconds)
        if not live.goes_on or time.monotonic() - live.saved > SAVED:
            self._save(key)
        self._show(key)

    def _show(self, key: str) -> None:
        live, now = self.runs[key], time.monotonic()
        if live.owes(now):
            wish, live.wish, live.news, live.shown = live.wish, None, False, now
            assert wish is not None
            self.say("frame", key, _seen(live, wish))

    def _save(self, key: str) -> None:
        live = self.runs[key]
        live.saved = time.monotonic()
        self.say("saved", key, live.run.step, _text(live.run.checkpoint()), curve(live.run), live.until * live.goes_on)

    def _answer(self, word: str, key: str, *rest: Any) -> None:
        if word == "open":
            self._guarded(key, self._open, *rest)
        elif key in self.runs:
            self._guarded(key, getattr(self, f"_{word}"), *rest)

    def _guarded(self, key: str, do: Callable[..., None], *rest: Any) -> None:
        """A run that fails ends, and no other with it; one that is told what can't be goes on."""
        try:
            do(key, *rest)
        except Refusal as refusal:
            self.say("objected" if key in self.runs else "refused", key, *_both(refusal.message))
        except BrokenPipeError:
            raise  # nobody hears it any more
        except Exception:
            traceback.print_exc()
            self.say("refused", key, *_both(FAULT))
            self.runs.pop(key, None)

    # ---- what it can be told ----------------------------------------------------------------------------------------

    def _open(self, key: str, token: str, training: str, saved: str | None, until: int, content: str) -> None:
        """Begin a run, or go on with one that was saved; `content` is that of a file, if one is learned from."""
        experiment, settings = from_token(token), Training.model_validate_json(training)
        data = settings.data
        dataset = load_table(data, b64decode(content)) if isinstance(data, Table) else load(data)
        given = (experiment, settings, dataset)
        run = Run.resumed(b64decode(saved), *given) if saved else Run(*given)
        self.runs[key] = Live(run)
        self._go(key, until)

    def _go(self, key: str, until: int) -> None:
        """Go on to step `until`."""
        live = self.runs[key]
        live.until, live.news = min(until, live.run.total), True

    def _by(self, key: str, steps: int) -> None:
        """Go on for so many steps, from where it stands."""
        self._go(key, self.runs[key].run.step + steps)

    def _epoch(self, key: str) -> None:
        """Go on to the end of this epoch."""
        run = self.runs[key].run
        self._go(key, (run.step // run.task.per_epoch + 1) * run.task.per_epoch)

    def _pause(self, key: str) -> None:
        self._go(key, 0)
        self._save(key)

    def _rewind(self, key: str, step: int) -> None:
        """Go back to the checkpoint at `step`, or before it, and stand there."""
        live = self.runs[key]
        live.until = 0
        live.run.rewind(step)
        live.news = True
        self._save(key)

    def _lr(self, key: str, lr: float) -> None:
        """Go on with another learning rate; it says how the run is now set."""
        live = self.runs[key]
        live.run.set_lr(lr)
        live.news = True
        self.say("set", key, live.run.training.text)
        self._save(key)

    def _wish(self, key: str, wish: dict[str, Any]) -> None:
        """Ask for a frame; what was asked for before is no longer wanted. A new wish is news."""
        live = self.runs[key]
        live.news |= wish.pop("anew", False) is True
        live.wish = wish

    def _close(self, key: str) -> None:
        del self.runs[key]


def _seen(live: Live, wish: dict[str, Any]) -> dict[str, Any]:
    """The frame that is wished, with what only this side knows; with `points` those of the plane, which do not change."""
    wanted = wish.pop("points", False)
    demand = Demand.checked(wish)
    seen = {
        **frame(live.run, demand),
        "goes_on": live.goes_on,
        "shelf": sorted(live.run.shelf),
        "said": _both(in_words(live.run)),
    }
    return {**seen, "points": points(live.run, demand.across, demand.up)} if wanted is True else seen


def curve(run: Run) -> list[list[float | None]]:
    """What was measured after the epochs, of which at most `MOST_EPOCHS`, the last among them: number, step, and as in a frame."""
    every = -(-len(run.epochs) // MOST_EPOCHS)
    return [row(each) for each in [*run.epochs[::every], run.epochs[-1]]]


def _text(content: bytes) -> str:
    return b64encode(content).decode()


def _both(message: Message) -> list[str]:
    return [message.text("en"), message.text("zh")]


if __name__ == "__main__":
    main()
