"""The numbers of one tensor: as cells that can be chosen, as pictures, and what they are."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from builder.core.messages import Message
from builder.core.numerals import brief
from builder.layers.shapes import format_shape, numbers, unravelled
from builder.ui.components import sheet
from builder.ui.components.panel import Item, text
from builder.ui.components.pictures import Cell
from builder.ui.components.pictures import cells as shaded
from builder.ui.parts import pictures
from builder.ui.parts.markup import text as html
from builder.ui.state import session

LISTED = 12  # numbers that are shown one below the other; more become a field of squares
ENDS = 512  # squares at either end of a vector that is longer than both together


def about(values: Tensor) -> list[Item]:
    """What the numbers are, where they are no flat vector."""
    if not values.is_floating_point():
        return [text(session.say(Message("tokens: the numbers of words")))]
    return [text(format_shape(tuple(values.shape)))] if values.ndim > 1 else []


def pictured(values: Tensor) -> None:
    """An image as grey pictures of its channels, a sequence as a matrix; nothing for a flat vector."""
    if values.ndim < 2 or not values.is_floating_point():
        return
    every = pictures.planes(values)
    shown = min(len(every), pictures.SHOWN)
    names = [str(n + 1) for n in range(shown)]
    if len(every) == 1:
        names = [session.say(Message("white is the greatest number"))]
    said = pictures.pictures(every[:shown], names, 120 if len(every) == 1 else 58)
    if len(every) > shown:
        said += html("p", session.say(Message("… {n} more", n=len(every) - shown)), "small")
    sheet.html(said)


def cells(name: str, values: Tensor, chosen: int = -1, take: Callable[[int], None] | None = None) -> Item:
    """The numbers of a tensor as cells: with their texts as long as they fit, then as squares, then its two ends."""
    shape, values = tuple(values.shape), values.flatten()
    finite = values[values.isfinite()].abs()
    reach = float(finite.max()) if len(finite) else 0.0
    count = len(values)
    dense = count > LISTED
    indexes = range(count) if count <= 2 * ENDS else [*range(ENDS), *range(count - ENDS, count)]
    kept = values[torch.tensor(list(indexes), dtype=torch.long)].tolist()
    shown: list[Cell] = [_cell(index, value, reach, shape) for index, value in zip(indexes, kept, strict=True)]
    if count > 2 * ENDS:
        shown.insert(ENDS, (None, session.say(Message("… {n} more", n=count - 2 * ENDS)), 0.0, ""))
    label = session.say(numbers(count))
    return shaded(name, label, shown, chosen, take, dense=dense)


def _cell(index: int, value: float, reach: float, shape: tuple[int, ...]) -> Cell:
    if isinstance(value, int):
        return index, str(value), 0.0, f"{index + 1}: {value}"
    shade = value / reach if reach and math.isfinite(value) else 0.0
    return index, brief(value), round(shade, 3), f"{place_text(shape, index)}: {brief(value, 6)}"


def place_text(shape: tuple[int, ...], index: int) -> str:
    """`3`, or along each axis `[1, 2, 3]`, counted from 1."""
    return str(index + 1) if len(shape) < 2 else str([at + 1 for at in unravelled(index, shape)])
