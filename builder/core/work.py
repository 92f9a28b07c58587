"""Long work, done bit by bit: what was found stays, and whoever asks next goes on from there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Work(Generic[Found]):
    """What `results` gave so far, of `total`: it stays, whoever asks next. Several visitors may carry it on by turns."""

    def __init__(self, results: Iterator[Found], total: int) -> None:
        self.found: list[Found] = []
        self.total = total
        self._results = results
        self._lock = Lock()

    @property
    def done(self) -> bool:
        return len(self.found) >= self.total

    def advance(self, seconds: float) -> None:
        """Go on for about `seconds`, one result at least."""
        until = time.monotonic() + seconds
        with self._lock:
            while not self.done:
                self.found.append(next(self._results))
                if time.monotonic() >= until:
                    break
