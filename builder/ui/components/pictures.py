"""Items of a panel that show numbers as pictures: words in colours, vectors as cells, the input plane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from builder.ui.components.panel import Item


def phrase(parts: Iterable[tuple[str, str]]) -> Item:
    """Words of one line, each with its class: `data` and `parameters` have colours."""
    return Item("phrase", {"parts": [list(part) for part in parts]})


Cell = tuple[int | None, str, float, str]  # index, text, shade from −1 to 1, tip; without an index only a text


def cells(
    name: str,
    label: str,
    shown: Sequence[Cell],
    chosen: int = -1,
    take: Callable[[int], None] | None = None,
    *,
    dense: bool = False,
) -> Item:
    """The numbers of a vector, shaded by sign and size; `take` gets the index of the one that is clicked. `dense`: without their texts."""
    indexes = {str(index): index for index, *_ in shown if index is not None}
    data = {"label": label, "cells": shown, "value": str(chosen), "dense": dense, "fixed": take is None}
    if take is None:
        return Item("cells", data, name)
    return Item(
        "cells",
        data,
        name,
        lambda raw: raw if isinstance(raw, str) and raw in indexes else None,
        lambda raw: take(indexes[raw]),
    )


@dataclass(frozen=True)
class Plane:
    """What the input plane shows: `levels` from 0 to 255 row by row from the top, in `color`; the point; what its axes are."""

    side: int
    levels: bytes
    color: str
    reach: float
    x: float
    y: float
    across: str
    up: str


def plane(name: str, label: str, shown: Plane, take: Callable[[float, float], None]) -> Item:
    """A square on which a point is clicked or dragged; `take` gets its new place while it is dragged."""

    def read(raw: object) -> tuple[float, float] | None:
        try:
            x, y = map(float, str(raw)[:40].split())
        except ValueError:
            return None
        return (x, y) if max(abs(x), abs(y)) <= shown.reach else None

    data = {**vars(shown), "levels": shown.levels.hex(), "label": label}
    return Item("plane", data, name, read, lambda place: take(*place))
