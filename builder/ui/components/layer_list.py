"""The list of layers as one component of the page: it draws rows and reports gestures, and never changes a network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeGuard

from builder.network.spec import INPUT
from builder.ui.components import wire
from builder.ui.components.sheet import Node, piece, put
from builder.ui.components.wire import Event

__all__ = ["Event", "Labels", "Row", "layer_list", "parse_event"]


@dataclass(frozen=True)
class Row:
    """One layer as it is shown. `share` is its part of all parameters, from 0 to 1; a `fixed` row is never moved or removed.

    `depth` says in how many blocks it is; a `group` is a block, followed by what is in it if it is `open`.
    """

    path: str
    title: str
    subtitle: str
    shapes: str
    parameters: str
    share: float
    family: str
    problem: str | None = None
    pale: bool = False
    fixed: bool = False
    depth: int = 0
    group: bool = False
    open: bool = True


@dataclass(frozen=True)
class Labels:
    """The list's own words, translated. The browser fills in `{name}`, and `{place}` and `{count}` in `moved`."""

    list: str  # Layers
    parameters: str  # parameters; read aloud behind a row's number
    remove: str  # Remove {name}
    duplicate: str  # Duplicate {name}
    up: str  # Move {name} up
    down: str  # Move {name} down
    moved: str  # {name} is now layer {place} of {count}.
    removed: str  # {name} is removed.
    marked: str  # {n} selected
    remove_all: str  # Remove
    duplicate_all: str  # Duplicate
    wrap: str  # Put {name} into a block
    wrap_all: str  # Wrap in
    open: str  # Open {name}
    close: str  # Close {name}
    unmark: str  # Clear the selection
    unwrap: str  # Take {name} apart


def rows_piece(rows: Sequence[Row]) -> Node:
    """The layers, as the browser is told of them."""
    return piece(rows=[vars(row) for row in rows])


def words_piece(labels: Labels, colors: Mapping[str, str], wraps: Mapping[str, str], height: str) -> Node:
    """What a list of any layers is told: its words, the `#rrggbb` of each family, the kinds of blocks that layers can be wrapped
    in, with their labels, and its height, a CSS length.
    """
    return piece(labels=asdict(labels), colors=wire.checked_colors(colors), wraps=list(wraps.items()), height=height)


def layer_list(
    *pieces: Node,
    selected: str,
    key: str,
    wraps: Collection[str],
    paths: Callable[[], Sequence[str]],
    on_event: Callable[[Event], None],
) -> None:
    """Show a list of layers, the row at `selected` marked.

    `on_event` gets each gesture, checked; `paths` tells which layers there are then, since of several gestures at once the first
    may give a layer a new path.
    """

    def take(raw: object) -> None:
        if event := parse_event(raw, paths(), wraps):
            on_event(event)

    put(Node("layer_list", key, {"selected": selected}, take, list(pieces)))


def parse_event(raw: object, paths: Sequence[str], wraps: Collection[str] = ()) -> Event | None:
    """`raw`, which came from the browser, as a gesture on some of `paths`; None if it is not one.

    The input can only be selected. A move's `to` is a place among all rows of layers, and its `depth` the number of blocks
    there. What is to be wrapped says in which of `wraps`.
    """
    layers = [path for path in paths if path != INPUT]
    if select := wire.parse(raw, paths, ("select",)):
        return select
    event = wire.parse(raw, layers, ("remove", "duplicate", "wrap", "unwrap", "move", "toggle"))
    if event is None or not isinstance(raw, dict):
        return None
    if event.type == "move":
        to, depth = raw.get("to"), raw.get("depth", 0)
        return replace(event, to=to, depth=depth) if _below(to, len(layers)) and _below(depth, len(layers)) else None
    if event.type == "wrap":
        if not isinstance(kind := raw.get("kind"), str) or kind not in wraps:
            return None
        event = replace(event, kind=kind)
    others = raw.get("others", [])
    if not isinstance(others, list) or len(others) > len(layers):
        return None
    there = frozenset(layers)
    if not all(isinstance(path, str) and path in there for path in others):
        return None
    return replace(event, others=tuple(dict.fromkeys(path for path in others if path != event.path)))


def _below(number: object, limit: int) -> TypeGuard[int]:
    return type(number) is int and 0 <= number < limit
