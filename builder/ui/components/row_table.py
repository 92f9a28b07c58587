"""A table whose rows lead to what they are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from builder.ui.components import wire
from builder.ui.components.sheet import Node, piece, put


@dataclass(frozen=True)
class Row:
    """One row: what it is called when it is chosen, and its cells; the first is its heading."""

    path: str
    cells: tuple[str, ...]


def row_table(
    head: Sequence[str], rows: Sequence[Row], *, selected: str, label: str, key: str, on_select: Callable[[str], None]
) -> None:
    """Show `rows`, the one at `selected` marked. `on_select` gets the path of a row that is clicked, in a callback."""
    paths = [row.path for row in rows]

    def take(raw: object) -> None:
        if event := wire.parse(raw, paths, ("select",)):
            on_select(event.path)

    shown = [{"path": row.path, "cells": row.cells} for row in rows]
    put(Node("row_table", key, {"selected": selected}, take, [piece(head=head, rows=shown, label=label)]))
