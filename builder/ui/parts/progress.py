"""Long work: how far it is, and the runs in which the page asks for more by itself; a click comes in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from builder.core.messages import Message
from builder.ui.components import sheet
from builder.ui.components.panel import button, panel
from builder.ui.components.sheet import Node
from builder.ui.parts.markup import text as html
from builder.ui.state import session
from builder.ui.state.heavy import SOON, Waiting
from builder.workers.pool import Job

Found = TypeVar("Found")
AGAIN = 600  # ms until the page asks for an answer that it waits for


def follow(job: Job[Found], name: str, place: Node, draw: Callable[[Sequence[Found]], None]) -> None:
    """Show in `place` what `job` has found so far, with its progress, and carry it on, unless it was stopped in the view `name`."""
    stopped = session.view(name, "on", ("on", "off")) == "off"
    if stopped:
        job.rest()
    else:
        job.advance(session.number(), SOON)
    with place:
        if not job.done:
            label, then = (Message("Go on"), "on") if stopped else (Message("Stop"), "off")
            panel([button("work", session.say(label), lambda: session.choose(name, then))], key=f"{name}_control")
            session.kept(Waiting).on |= not stopped
            _tell(job)
        if job.failed:
            sheet.html(html("p", session.say(job.failed), "refusal", role="alert"))
        draw(job.found[:])


def carry_on(jobs: Sequence[Job[Found]]) -> None:
    """Have the first of `jobs` that is not done worked on; the page asks again until all are."""
    waiting = next((job for job in jobs if not job.done), None)
    if waiting:
        waiting.advance(session.number(), SOON)
        session.kept(Waiting).on = True


def ask_again() -> None:
    """The last thing on a page: while something on it waits for an answer, it presses a button by itself that asks for it."""
    waiting = session.kept(Waiting)
    if waiting.on:
        panel([button("on", "", _go_on, every=AGAIN, hidden=True)], key="waiting")
    waiting.on = False


def _go_on() -> None:
    """Nothing is done here: the run that follows asks again."""


def _tell(job: Job[Found]) -> None:
    done = len(job.found)
    said = session.say(Message("{done} of {total}", done=done, total=job.total))
    bar = html("progress", "", value=str(done), max=str(job.total), **{"aria-label": said})
    sheet.html(f'<div class="progress">{bar}{html("span", said)}</div>')
