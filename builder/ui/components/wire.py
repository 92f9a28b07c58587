"""What the components share: their files, their mounting, and the rule that no event is believed before it is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from builder.core.messages import Message
from builder.ui.components import assets
from builder.ui.state import faults, session

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

Width = Literal["stretch", "content"]
FAILED = Message(
    "What you did just now failed, which is a fault of Layerlab. Nothing that you built is lost, and all the rest works: try "
    "it in another way, or undo the last step."
)
NEWEST = 2**53  # the largest number that a browser counts without gaps
HTML: dict[str, str] = {}  # what each component's page begins with, by its name


@dataclass(frozen=True)
class Event:
    """What was done to the layer at `path` and to `others`; for a move, `to` is its new place and `depth` its blocks; `kind` is
    the kind of block to wrap them in."""

    type: str
    path: str
    to: int = 0
    depth: int = 0
    others: tuple[str, ...] = ()
    kind: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.others)


@dataclass
class Listener:
    """What hears one component of the page: `take` gets each thing it reports; `answered` is the number of the newest one taken."""

    take: Callable[[object], None]
    answered: int = 0


class _Listeners(dict[str, Listener]):
    """Those of one visitor, by the component's key."""


def register(name: str, html: str) -> ComponentRenderer:
    """Make the component `name` known to Streamlit: `html` with `browser/name.css` and `browser/name.js`."""
    HTML[name] = assets.styled(name, html)
    return st.components.v2.component(f"layerlab_{name}", html=HTML[name], js=assets.loader(name))


def mount(
    renderer: ComponentRenderer,
    key: str,
    data: Mapping[str, object],
    take: Callable[[object], None],
    width: Width = "stretch",
) -> None:
    """Show the component with `data`; `take` gets each thing that the browser reports, once, unchecked, in a callback."""
    listener = session.kept(_Listeners).setdefault(key, Listener(take))
    listener.take = take
    # As one text: of each value by itself Streamlit would ask whether it is a table. The browser draws no data older than its own events.
    text = json.dumps({**data, "answered": listener.answered}, ensure_ascii=False)
    renderer(key=key, data={"json": text}, on_event_change=_carry_out, width=width)


def _carry_out() -> None:
    """Take what all components have reported in the order in which the person did it; Streamlit would go component by component.

    All is read before any of it is carried out: see `session`.
    """
    listeners = session.kept(_Listeners)
    reports = {key: session.entry(key) for key in listeners}
    events = [
        (number, key, raw)
        for key, listener in listeners.items()
        for number, raw in unanswered(_reported(reports[key]), listener.answered)
    ]
    for number, key, raw in sorted(events, key=lambda event: event[0]):
        listeners[key].answered = number
        _take(listeners[key], raw)


def _take(listener: Listener, raw: object) -> None:
    """Carry out one gesture; one that fails is said to have failed, and those behind it are carried out all the same."""
    try:
        listener.take(raw)
    except Exception:
        faults.log("A gesture")
        session.notify(FAILED)


def _reported(state: object) -> object:
    """What a component says was done in it."""
    return state.get("event") if isinstance(state, Mapping) else None


def unanswered(raw: object, answered: int) -> Iterator[tuple[int, object]]:
    """The reported events newer than number `answered`, with their numbers, oldest first.

    Streamlit keeps only the newest report when two come during one run, so the browser repeats in each report what has not been answered.
    """
    newest = answered
    for event in raw if isinstance(raw, list) else []:
        number = event.get("n") if isinstance(event, dict) else None
        if type(number) is int and newest < number < NEWEST:
            newest = number
            yield number, event


def parse(raw: object, paths: Collection[str], types: Collection[str]) -> Event | None:
    """`raw` as an event of one of `types` on one of `paths`; None if it is anything else. Only its `path` is read."""
    if not isinstance(raw, dict):
        return None
    kind, path = raw.get("type"), raw.get("path")
    if not isinstance(kind, str) or not isinstance(path, str) or kind not in types or path not in paths:
        return None
    return Event(kind, path)


def checked_colors(colors: Mapping[str, str]) -> dict[str, Any]:
    """`colors` as they were; raises ValueError for one that is not `#rrggbb`, since it becomes part of a style."""
    for family, color in colors.items():
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
            raise ValueError(f"The colour of {family} must look like #0072b2, not {color!r}.")
    return dict(colors)
