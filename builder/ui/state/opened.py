"""Which blocks are open, in the list and in the drawing: a view, so that the link and a reload keep it."""

from __future__ import annotations

from collections.abc import Collection

from builder.layers.blocks import Block
from builder.network.spec import NetworkSpec
from builder.ui.state import session

OPEN = "open"  # the view that says of each block that was opened or closed by hand which: `-layer1,layer2.block1`
CLOSED = "-"  # before the path of a block that was closed
ROWS = 16  # a network with more layers starts with its blocks closed


def closed(spec: NetworkSpec) -> frozenset[str]:
    """The paths of the blocks that are closed; one with the selected layer inside is always open."""
    selected, by_hand = session.selected(), _by_hand()
    at_first = len(spec.paths) <= ROWS
    return frozenset(
        path for path in blocks(spec) if not by_hand.get(path, at_first) and not selected.startswith(f"{path}.")
    )


def toggle(path: str) -> None:
    """Close the block at `path`, or open it; closing it selects it if the selected layer is inside."""
    spec = session.experiment().network
    if path not in blocks(spec):
        return
    opening = path in closed(spec)
    now = {block: is_open for block, is_open in _by_hand().items() if block in blocks(spec)} | {path: opening}
    session.choose(OPEN, ",".join(f"{'' if is_open else CLOSED}{block}" for block, is_open in sorted(now.items())))
    if not opening and session.selected().startswith(f"{path}."):
        session.select(path)


def blocks(spec: NetworkSpec) -> list[str]:
    """The paths of the blocks that open and close: those with something inside."""
    return [path for path, layer in spec.by_path.items() if isinstance(layer, Block) and layer.layers]


def hidden(path: str, closed: Collection[str]) -> bool:
    """Is the layer at `path` inside one of the `closed` blocks?"""
    return path.startswith(tuple(f"{block}." for block in closed))


def _by_hand() -> dict[str, bool]:
    """Is it open? Of the blocks that were opened or closed, by their paths."""
    said = (session.raw_view(OPEN) or "").split(",")
    return {word.removeprefix(CLOSED): not word.startswith(CLOSED) for word in said if word}
