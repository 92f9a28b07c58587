"""Heavy questions: answered at once where that is quick, else by a worker program, while the page and all others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from builder.core.messages import Message
from builder.ui.state import session
from builder.ui.state.keyed import keyed
from builder.workers.pool import Job, pool
from builder.workers.tasks import Build

P = ParamSpec("P")
R = TypeVar("R")

SOON = 0.2  # seconds that a page waits for an answer before it goes on without


class Pending(Exception):
    """The answer is being worked out: whoever asked says so, and asks again soon."""


class CutOff(Exception):
    """There is no answer, and why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.template)
        self.message = message


class Waiting:
    """Does anything on a visitor's page wait for an answer?"""

    on = False


def heavy(task: Callable[Concatenate[Build, P], R], light: Callable[P, bool], *, build: Build) -> Callable[P, R]:
    """`task` without its module: asked here and kept, if its arguments are `light`, else of the worker programs.

    What it gives is shared: look at it, never change it. It raises `Pending` and `CutOff`, which `parts.boundary` shows.
    """

    def compute(*args: Any) -> R:
        return task(build, *args)  # type: ignore[call-arg]

    compute.__module__, compute.__qualname__ = __name__, task.__name__
    here = keyed(compute)

    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        return here(*args) if light(*args, **kwargs) else _apart(task.__name__, *args)

    return ask


def _apart(task: str, *arguments: object) -> Any:
    job = series(task, *arguments, total=1)
    job.advance(session.number(), SOON)
    if job.failed:
        raise CutOff(job.failed)
    if not job.done:
        session.kept(Waiting).on = True
        raise Pending
    return job.found[0]


def series(task: str, *arguments: object, total: int) -> Job[Any]:
    """The many answers to a task, as far as they are known: `Job.advance` has them worked out."""
    return pool.ask(task, *arguments, total=total)
