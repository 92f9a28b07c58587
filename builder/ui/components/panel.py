"""Forms of our own: headings, sentences, fields and buttons as one element of the page, of which every entry and every click counts.

Streamlit's own fields cost the browser about 10 ms each at every rerun, make one of two clicks that come while the page
is busy, and send back what a run had put into them as if it had been entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from builder.ui.components import wire

_PANEL = wire.register("panel", '<div class="panel"></div>')
MAX_ENTRY = 20_000  # characters; more is no entry that a person made

Layout = Literal["form", "bar"]  # below each other, labels at the left; or beside each other


@dataclass(frozen=True)
class Item:
    """One part of a panel: its `type` and `data` as panel.js knows them.

    A field or a button has a `name`, unique in its panel; `take` gets each entry in it, checked by `read`, which answers
    None to what this item can't have sent.
    """

    type: str
    data: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    read: Callable[[object], object | None] = lambda raw: None
    take: Callable[..., None] | None = None
    inside: tuple[Item, ...] = ()

    def sent(self) -> dict[str, object]:
        """What the browser is told."""
        return {"type": self.type, "name": self.name, **self.data, "inside": [item.sent() for item in self.inside]}


def brand() -> Item:
    """The name of the app, the page's first heading."""
    return Item("brand")


def visit(number: str, reconnected: Callable[[], None]) -> Item:
    """Nothing to see: a page that was drawn for another visit than `number` says so, once."""
    return Item("visit", {"number": number}, "visit", read=lambda raw: True, take=lambda _: reconnected())


def heading(words: str) -> Item:
    return Item("heading", {"text": words})


def text(words: str, css: str = "small", role: str = "") -> Item:
    """A sentence; `css` is one of the classes in panel.css."""
    return Item("text", {"text": words, "css": css, "role": role})


def card(lines: Iterable[tuple[str, str]]) -> Item:
    """Sentences on a ground of their own, each with its class."""
    return Item("card", inside=tuple(text(words, css) for words, css in lines))


def space() -> Item:
    """What follows in a bar stands at its right end."""
    return Item("space")


def line(*items: Item) -> Item:
    """Items beside each other."""
    return Item("line", inside=items)


def button(
    name: str,
    label: str,
    act: Callable[[], None],
    *,
    sign: str = "",
    shortcut: str = "",
    main: bool = False,
    disabled: bool = False,
    small: bool = False,
    every: int = 0,
) -> Item:
    """A button; each click is acted on once, in order. With `every` it presses itself so many milliseconds after it was drawn.

    `sign` stands before the label and is not read aloud; `shortcut` is the key that presses the button together with
    Ctrl (or Cmd), as `z` or `shift+z`; the `main` button is the one in the accent colour.
    """
    data = {"label": label, "sign": sign, "shortcut": shortcut, "main": main, "disabled": disabled, "small": small}
    data |= {"every": every}
    return Item("button", data, name, read=lambda raw: True, take=lambda _: act())


def entry(
    type: Literal["number", "word", "slider"],
    name: str,
    label: str,
    shown: str,
    take: Callable[[str], None],
    **data: object,
) -> Item:
    """A field for one line of text. A `number` has buttons for less and more, a `slider` reports while it is dragged."""
    return Item(type, {"label": label, "value": shown, **data}, name, _text, take)


def switch(name: str, label: str, on: bool, take: Callable[[bool], None], **data: object) -> Item:
    """On or off."""
    return Item(
        "switch", {"label": label, "value": on, **data}, name, lambda raw: raw if isinstance(raw, bool) else None, take
    )


def choice(
    type: Literal["choice", "action", "view", "pages"],
    name: str,
    label: str,
    value: str | None,
    of: Mapping[str, str],
    take: Callable[[str], None],
    **data: object,
) -> Item:
    """One of a few: a list that opens (`choice`), one whose choice is carried out (`action`), a row of buttons (`view`) or links."""
    data = {"label": label, "value": value, "of": list(of.items()), **data}
    return Item(type, data, name, lambda raw: raw if isinstance(raw, str) and raw in of else None, take)


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


def panel(items: Sequence[Item], *, key: str, layout: Layout = "form", width: wire.Width = "stretch") -> None:
    """Show `items`; each entry in one of them is taken once, in order, in a callback."""
    named = {item.name: item for item in flattened(items) if item.take}

    def take(raw: object) -> None:
        if found := parse_event(raw, named):
            item, value = found
            assert item.take  # by what is in `named`
            item.take(value)

    wire.mount(_PANEL, key, {"layout": layout, "items": [item.sent() for item in items]}, take, width=width)


def flattened(items: Iterable[Item]) -> Iterator[Item]:
    """`items` and what is inside them."""
    for item in items:
        yield item
        yield from flattened(item.inside)


def parse_event(raw: object, named: Mapping[str, Item]) -> tuple[Item, object] | None:
    """Which item was used and what was entered; None for anything that a panel of these items can't have sent."""
    name = raw.get("name") if isinstance(raw, dict) else None
    item = named.get(name) if isinstance(name, str) else None
    value = item.read(raw.get("value")) if item and isinstance(raw, dict) else None
    return None if item is None or value is None else (item, value)


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) and len(raw) <= MAX_ENTRY else None
