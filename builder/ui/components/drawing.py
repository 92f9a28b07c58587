"""The drawing as a component of the page: it shows Graphviz's SVG and reports what is selected or inserted, and never changes a network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate

from builder.drawing.svg import Shapes
from builder.ui.components import wire
from builder.ui.components.sheet import Node, piece, put
from builder.ui.components.wire import Event

__all__ = ["Drawing", "Labels", "drawing", "parse_event"]

MAX_TIPS = 120_000  # characters that go to the browser with each change


@dataclass(frozen=True)
class Labels:
    """The drawing's own words, translated. The browser fills in `{name}`."""

    zoom_in: str  # Zoom in
    zoom_out: str  # Zoom out
    fit: str  # Fit
    insert: str  # Insert a layer after {name}
    open: str  # Open {name}
    close: str  # Close {name}


@dataclass(frozen=True)
class Drawing:
    """What is drawn: an `svg` that holds shapes and texts only.

    `nodes` gives for the titles of nodes the paths that they select; other nodes only show. `blocks` says of those that open
    and close whether they are open. `tips` says of each title, that of a line `a->b` as well, in lines of plain text, what
    hovering shows and a screen reader reads; `description` is the whole drawing in words. With `inserts` lines between nodes
    have a “+”. `height` is a CSS length.
    """

    svg: Shapes
    nodes: Mapping[str, str]
    blocks: Mapping[str, bool]
    tips: Mapping[str, str]
    label: str
    description: str
    labels: Labels
    inserts: bool
    height: str

    @cached_property
    def paths(self) -> frozenset[str]:
        """What can be selected."""
        return frozenset(self.nodes.values())

    @cached_property
    def pieces(self) -> list[Node]:
        """What the browser is told, but for what is selected."""
        nodes = piece(
            nodes=dict(self.nodes), blocks=dict(self.blocks), tips=bounded(self.tips), description=self.description
        )
        rest = piece(label=self.label, labels=asdict(self.labels), inserts=self.inserts, height=self.height)
        return [piece(svg=self.svg), nodes, rest]


def drawing(
    shown: Drawing,
    *,
    selected: str,
    key: str,
    on_select: Callable[[str], None],
    on_insert: Callable[[str], None],
    on_toggle: Callable[[str], None],
) -> None:
    """Show a drawing, the nodes at the path `selected` marked.

    `on_select`, `on_insert` (behind that layer) and `on_toggle` (its button, a double click, or the key “o”) get a path.
    """

    def take(raw: object) -> None:
        if event := parse_event(raw, shown.paths, inserts=shown.inserts):
            {"select": on_select, "insert": on_insert, "toggle": on_toggle}[event.type](event.path)

    put(Node("drawing", key, {"selected": selected}, take, shown.pieces))


def parse_event(raw: object, paths: Collection[str], *, inserts: bool = True) -> Event | None:
    """`raw`, which came from the browser, as a select, a toggle or an insert at one of `paths`; None if it is not one."""
    return wire.parse(raw, paths, ("select", "toggle", "insert") if inserts else ("select", "toggle"))


def bounded(tips: Mapping[str, str]) -> dict[str, str]:
    """The first of `tips` that together take no more than `MAX_TIPS` characters."""
    ends = accumulate(len(title) + len(tip) for title, tip in tips.items())
    return {title: tip for (title, tip), end in zip(tips.items(), ends, strict=True) if end <= MAX_TIPS}
