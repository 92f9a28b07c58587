"""The page as one tree of places: boxes, and in them texts, charts and parts that hear what a person does.

What is drawn next goes to the place that is open (`with box(…):`). `channel` sends the tree to the browser.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from types import TracebackType
from typing import Literal

from pydantic_core import to_json
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from builder.core.messages import Message
from builder.ui.state import session

Shown = Literal["box", "html", "code", "chart", "details", "popover", "graph"]
Parts = Literal["panel", "layer_list", "drawing", "row_table", "training"]
Kind = Literal[Shown, Parts, "item", "piece"]
Take = Callable[[object], None]
COPY = Message("Copy")
_PYTHON = HtmlFormatter(nowrap=True)

_open: ContextVar[tuple[Node, ...]] = ContextVar("open", default=())


@dataclass
class Node:
    """One place: what it is, what the browser is told of it, and what is in it. `take` gets what it reports, unchecked.

    Its `key` names it for the browser and for what it reports; a place without one is known by its order. The data of a part is
    its own with that of each `piece` inside, and a panel's its items: where one changes, the others are not sent again.
    """

    kind: Kind
    key: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    take: Take | None = None
    inside: list[Node] = field(default_factory=list)

    def __enter__(self) -> Node:
        _open.set((*_open.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _open.set(_open.get()[:-1])

    @cached_property
    def content(self) -> bytes:
        """What the browser is told, as JSON: kind, key, data, and the names of what is inside. It is final once it was asked for.

        What is not finite is null: JSON has no other word for it.
        """
        told = (self.kind, self.key, self.data, [node.name for node in self.inside])
        return to_json(told, inf_nan_mode="null")

    @cached_property
    def name(self) -> str:
        """The content's name, which follows from it: what the browser has by this name is not sent again, nor what is inside."""
        return b64encode(blake2b(self.content, digest_size=9).digest()).decode()

    def put(self, node: Node) -> Node:
        """`node`, which now is the last in this place."""
        self.inside.append(node)
        return node

    def box(self, key: str = "", css: str = "", columns: str = "") -> Node:
        """A place for others, below each other; `columns` are CSS widths: `1fr 2fr`."""
        return self.put(Node("box", key, {"css": css, "columns": columns}))

    def __iter__(self) -> Iterator[Node]:
        """This place and all inside it."""
        yield self
        for node in self.inside:
            yield from node


def put(node: Node) -> Node:
    """`node`, which now is the last in the place that is open."""
    return _open.get()[-1].put(node)


def box(key: str = "", css: str = "", columns: str = "") -> Node:
    """A place for others, below each other, in the one that is open; `columns` are CSS widths: `1fr 2fr`."""
    return _open.get()[-1].box(key, css, columns)


def columns(*widths: int) -> list[Node]:
    """Places beside each other, of these relative widths; on a narrow window below each other."""
    beside = box(css="columns", columns=" ".join(f"minmax(0, {width}fr)" for width in widths))
    return [beside.box() for _ in widths]


def piece(**data: object) -> Node:
    """A piece of a part's data."""
    return Node("piece", data=data)


def html(markup: str) -> Node:
    """Text that is escaped already: see `parts.markup`."""
    return put(Node("html", data={"markup": markup}))


def code(text: str, *, python: bool = True) -> Node:
    """A program, or another text that is copied with one click."""
    markup = highlight(text, PythonLexer(stripnl=False), _PYTHON) if python else ""
    return put(Node("code", data={"text": "" if python else text, "markup": markup, "copy": session.say(COPY)}))


def chart(key: str, figure: Mapping[str, object], take: Take | None = None) -> Node:
    """A figure of Plotly's, as data. `take` gets the `customdata` of a point that is clicked."""
    return put(Node("chart", key, {"figure": figure, "clicks": take is not None}, take))


def graph(dot: str, description: str) -> Node:
    """A drawing that Streamlit's own element makes in the browser, below the page: for machines without Graphviz."""
    return put(Node("graph", data={"dot": dot, "description": description}))


def details(key: str, label: str) -> Node:
    """A heading that opens what is in it."""
    return put(Node("details", key, {"label": label}))


def popover(key: str, label: str, sign: str = "") -> Node:
    """A button that opens a panel, which is filled only while it `is_open`; with a `sign` the label is only read aloud."""

    def take(raw: object) -> None:
        session.open_panel(key, isinstance(raw, dict) and raw.get("open") is True)

    return put(Node("popover", key, {"label": label, "sign": sign, "open": session.panel_is_open(key)}, take))


def root() -> Node:
    """An empty page."""
    return Node("box", "sheet", {"css": "", "columns": ""})
