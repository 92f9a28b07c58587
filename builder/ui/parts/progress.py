"""Long work in the run that shows it: a click interrupts that run, and the next one goes on from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from builder.core.messages import Message
from builder.core.work import Work
from builder.ui.components.panel import button, panel
from builder.ui.parts.markup import text as html
from builder.ui.state import run, session

Found = TypeVar("Found")
SLICE = 0.2  # seconds between two signs of progress; a click waits no longer
REDRAWN = 1.5  # seconds between two drawings of what was found so far


def follow(work: Work[Found], name: str, place: DeltaGenerator, draw: Callable[[Sequence[Found], str], None]) -> None:
    """Show `work` in `place` with its progress and carry it on, unless it was stopped in the view `name`.

    `draw(found, key)` draws what was found so far, under a key of its own each time. Call this at the end of a page:
    what stands behind it waits.
    """
    stopped = session.view(name, "on", ("on", "off")) == "off"
    with place:
        bar, progress, body = st.empty(), st.empty(), st.empty()
    if not work.done:
        label, then = (Message("Go on"), "on") if stopped else (Message("Stop"), "off")
        with bar.container():
            panel([button("work", session.say(label), lambda: session.choose(name, then))], key=f"{name}_control")
        _tell(progress, work)
    if not (work.done or stopped):
        with body.container():
            draw(work.found[:], f"{name}_{len(work.found)}")
        due = time.monotonic() + REDRAWN
        while not work.done:
            work.advance(SLICE)
            _tell(progress, work)
            if time.monotonic() >= due and not work.done:
                with body.container():
                    draw(work.found[:], f"{name}_{len(work.found)}")
                run.publish()  # not sooner: of links written during quick clicks, the browser may keep an old one
                due = time.monotonic() + REDRAWN
        bar.empty()
        progress.empty()
    with body.container():
        draw(work.found[:], name)


def _tell(place: DeltaGenerator, work: Work[Found]) -> None:
    done = len(work.found)
    said = session.say(Message("{done} of {total}", done=done, total=work.total))
    bar = html("progress", "", value=str(done), max=str(work.total), **{"aria-label": said})
    place.html(f'<div class="progress">{bar}{html("span", said)}</div>')
