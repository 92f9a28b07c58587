"""Which blocks are open, in the list and in the drawing: a view, so that the link and a reload keep it."""

from __future__ import annotations

from collections.abc import Collection

from builder.layers.blocks import Block
from builder.spec import NetworkSpec
from builder.ui import session

OPEN = "open"  # the view that holds the paths of the blocks that are not as they are at first, separated by commas
ROWS = 16  # a network with more layers starts with its blocks closed


def closed(spec: NetworkSpec) -> frozenset[str]:
    """The paths of the blocks that are closed; one with the selected layer inside is always open."""
    selected, otherwise = session.selected(), _otherwise(spec)
    at_first = len(spec.paths) > ROWS
    return frozenset(
        path for path in _blocks(spec) if at_first != (path in otherwise) and not selected.startswith(f"{path}.")
    )


def toggle(path: str) -> None:
    """Close the block at `path`, or open it; closing it selects it if the selected layer is inside."""
    spec = session.experiment().network
    if path not in _blocks(spec):
        return
    closing = path not in closed(spec)
    at_first, otherwise = len(spec.paths) > ROWS, _otherwise(spec)
    session.choose(OPEN, ",".join(sorted(otherwise - {path} if closing == at_first else otherwise | {path})))
    if closing and session.selected().startswith(f"{path}."):
        session.select(path)


def hidden(path: str, closed: Collection[str]) -> bool:
    """Is the layer at `path` inside one of the `closed` blocks?"""
    return path.startswith(tuple(f"{block}." for block in closed))


def _blocks(spec: NetworkSpec) -> list[str]:
    return [path for path, layer in spec.by_path.items() if isinstance(layer, Block) and layer.layers]


def _otherwise(spec: NetworkSpec) -> set[str]:
    return set((session.noted(OPEN) or "").split(",")) & set(_blocks(spec))
