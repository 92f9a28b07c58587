"""Between the page's tree and the browser: what it lacks is sent, and what it reports is carried out once, in order."""

from __future__ import annotations

import time
from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import streamlit as st
from pydantic_core import to_json

from builder.core.messages import Message
from builder.ui.components import assets
from builder.ui.components.sheet import Node, Take
from builder.ui.state import faults, session

KEY = "sheet"  # of the one component, in Streamlit's state
FAILED = Message(
    "What you did just now failed, which is a fault of Layerlab. Nothing that you built is lost, and all the rest works: try "
    "it in another way, or undo the last step."
)
NEWEST = 2**53  # the largest number that a browser counts without gaps
MOST = 50  # reports at once: see wire.js
KEPT = 6  # pages whose contents the browser still has: sheet.js keeps twice as many

_SHEET = st.components.v2.component(
    "layerlab_sheet", html=assets.page(), js=assets.loader("sheet"), isolate_styles=False
)


@dataclass
class Channel:
    """What has been said between one visitor's browser and this server."""

    answered: int = 0  # the number of the newest report that was carried out
    seen: int = 0  # the number of the newest page that the browser has drawn
    serial: int = 0  # of the newest page that was sent
    sent: deque[tuple[int, frozenset[str]]] = field(default_factory=lambda: deque(maxlen=KEPT))
    takes: dict[str, Take] = field(default_factory=dict)  # what hears each place of the page that was sent last

    def known(self) -> frozenset[str]:
        """The names of the contents that the browser is sure to have."""
        return frozenset().union(*(names for serial, names in self.sent if serial == self.seen))


def send(page: Node) -> None:
    """Show `page`, the whole of it; only what the browser does not have goes over the line."""
    channel = session.kept(Channel)
    nodes = list(page)
    contents = {node.name: node for node in nodes}
    known = channel.known()
    # Grows over restarts, too: a number of another visit must not be taken for one of this.
    channel.serial = max(channel.serial + 1, int(time.time() * 1000))
    news = b",".join(b'"%b":%b' % (name.encode(), node.content) for name, node in contents.items() if name not in known)
    head = {
        "visit": session.number(),
        "serial": channel.serial,
        "answered": channel.answered,
        "page": page.name,
        "file": _file(channel),
    }
    told = b'%b,"contents":{%b}}' % (to_json(head)[:-1], news)
    channel.takes = {node.key: node.take for node in nodes if node.take}
    _SHEET(key=KEY, data=told, on_event_change=_carry_out)
    for node in nodes:
        if node.kind == "graph":
            st.graphviz_chart(str(node.data["dot"]), width="stretch", alt=str(node.data["description"]))
    channel.sent.append((channel.serial, frozenset(contents)))


def _file(channel: Channel) -> dict[str, object] | None:
    """The file that a click asked for, until the browser has seen a page with it."""
    file = session.offered()
    if file is None:
        return None
    if file.serial is None:
        file.serial = channel.serial
    if channel.seen >= file.serial:
        session.handed_over()
        return None
    return {
        "number": file.serial,
        "name": file.name,
        "mime": file.mime,
        "base64": b64encode(file.content).decode(),
    }


def _carry_out() -> None:
    """Take what has been reported, in the order in which the person did it. All is read before any of it is carried out: see `session`."""
    channel = session.kept(Channel)
    state = session.entry(KEY)
    hear(channel, state.get("event") if isinstance(state, Mapping) else None)


def hear(channel: Channel, reported: object) -> None:
    """Carry out what a browser `reported`, which may be anything: no more than `MOST` at once, since it repeats the rest."""
    for number, report in list(islice(unanswered(reported, channel.answered), MOST)):
        channel.answered = number
        _note(channel, report.get("seen"))
        _take(channel, report)


def _note(channel: Channel, seen: object) -> None:
    if type(seen) is int and channel.seen < seen <= channel.serial:
        channel.seen = seen


def _take(channel: Channel, report: Mapping[str, object]) -> None:
    """Carry out one gesture; one that fails is said to have failed, and those behind it are carried out all the same."""
    part = report.get("part")
    if part == "" and report.get("reconnected") is True:
        session.reconnected()
    elif part == "" and report.get("lacking") is True:
        channel.sent.clear()
    elif isinstance(part, str) and (take := channel.takes.get(part)):
        try:
            take(report)
        except Exception:
            faults.log("A gesture")
            session.notify(FAILED)


def unanswered(raw: object, answered: int) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The reports newer than number `answered`, with their numbers, oldest first.

    Streamlit keeps only the newest of two that come during one run, so the browser repeats in each what has not been answered.
    """
    newest = answered
    for report in raw if isinstance(raw, list) else []:
        number = report.get("n") if isinstance(report, dict) else None
        if type(number) is int and newest < number < NEWEST:
            newest = number
            yield number, report
