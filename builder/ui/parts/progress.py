"""Long work, a slice of it in each run: the page asks for the next slice by itself, and a click comes in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from builder.core.messages import Message
from builder.core.work import Work
from builder.ui.components import sheet
from builder.ui.components.panel import button, panel
from builder.ui.components.sheet import Node
from builder.ui.parts.markup import text as html
from builder.ui.state import session

Found = TypeVar("Found")
SLICE = 0.2  # seconds between two signs of progress; a click waits no longer
SOON = 1  # ms


def follow(work: Work[Found], name: str, place: Node, draw: Callable[[Sequence[Found]], None]) -> None:
    """Show in `place` what `work` has found so far, with its progress, and carry it on, unless it was stopped in the view `name`."""
    stopped = session.view(name, "on", ("on", "off")) == "off"
    if not stopped:
        work.advance(SLICE)
    with place:
        if not work.done:
            label, then = (Message("Go on"), "on") if stopped else (Message("Stop"), "off")
            items = [button("work", session.say(label), lambda: session.choose(name, then))]
            if not stopped:
                items.append(button("on", "", _go_on, every=SOON, hidden=True))
            panel(items, key=f"{name}_control")
            _tell(work)
        draw(work.found[:])


def _go_on() -> None:
    """Nothing is done here: the run that follows carries the work on."""


def _tell(work: Work[Found]) -> None:
    done = len(work.found)
    said = session.say(Message("{done} of {total}", done=done, total=work.total))
    bar = html("progress", "", value=str(done), max=str(work.total), **{"aria-label": said})
    sheet.html(f'<div class="progress">{bar}{html("span", said)}</div>')
