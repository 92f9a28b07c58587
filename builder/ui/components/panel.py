"""Forms of our own: headings, sentences, fields and buttons as one element of the page, of which every entry and every click counts.

Streamlit's own fields cost the browser about 10 ms each at every rerun, make one of two clicks that come while the page
is busy, and send back what a run had put into them as if it had been entered.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict, Unpack, get_args

from builder.core.messages import Message
from builder.ui.components.sheet import Node, put
from builder.ui.state import session
from builder.ui.state.visit import Refused

MAX_ENTRY = 20_000  # characters; more is no entry that a person made
MAX_FILE = 1_000_000  # characters; a network is a few thousand

Layout = Literal["form", "bar"]  # below each other, labels at the left; or beside each other
Text = Literal["number", "word", "slider"]
Choice = Literal["choice", "action"]
Field = Literal[Text, Choice, "switch"]
Shown = Literal["brand", "heading", "text", "card", "space", "line", "phrase"]
Type = Literal[Field, Shown, "file", "button", "view", "pages", "cells", "plane"]
GONE = Message("This choice is no longer there: the page has changed meanwhile. Choose again.")

Refusals = Callable[[str], Refused | None]  # the refused entry in the field of a name


class Look(TypedDict, total=False):
    """How a field looks."""

    bare: bool  # its label is only read aloud
    width: str  # a CSS length


class Notes(Look, total=False):
    help: str  # what the “?” beside the label says


@dataclass(frozen=True)
class Item:
    """One part of a panel: its `type` and `data` as panel.js knows them.

    A field or a button has a `name`, unique in its panel; `take` gets each entry in it, checked by `read`, which answers
    None to what this item can't have sent.
    """

    type: Type
    data: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    read: Callable[[object], object | None] = lambda raw: None
    take: Callable[..., None] | None = None
    inside: tuple[Item, ...] = ()

    def sent(self, refusals: Refusals = lambda name: None) -> dict[str, object]:
        """What the browser is told. An entry that was refused stays in its field to be mended, with the reason."""
        said: dict[str, object] = {}
        if self.type in get_args(Field) and (refused := refusals(self.name)):
            said["refused"] = session.say(refused.reason)
            if self.type in get_args(Text):
                said["value"] = refused.entry
        inside = [item.sent(refusals) for item in self.inside]
        return {"type": self.type, "name": self.name, **self.data, **said, "inside": inside}


def brand() -> Item:
    """The name of the app, the page's first heading."""
    return Item("brand")


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
    hidden: bool = False,
    every: int = 0,
) -> Item:
    """A button; each click is acted on once, in order. With `every` it presses itself so many milliseconds after it was drawn.

    `sign` stands before the label and is not read aloud; `shortcut` is the key that presses the button together with
    Ctrl (or Cmd), as `z` or `shift+z`; the `main` button is the one in the accent colour.
    """
    data = {"label": label, "sign": sign, "shortcut": shortcut, "main": main, "disabled": disabled, "small": small}
    data |= {"hidden": hidden, "every": every}
    return Item("button", data, name, read=lambda raw: True, take=lambda _: act())


def number(
    name: str, label: str, shown: str, take: Callable[[str], None], *, step: float = 1.0, **notes: Unpack[Notes]
) -> Item:
    """A field with buttons for less and more. It takes any text."""
    return Item("number", {"label": label, "value": shown, "step": step, **notes}, name, _text, take)


def word(name: str, label: str, shown: str, take: Callable[[str], None], **notes: Unpack[Notes]) -> Item:
    """A field for one line of text."""
    return Item("word", {"label": label, "value": shown, **notes}, name, _text, take)


def slider(
    name: str,
    label: str,
    shown: str,
    take: Callable[[str], None],
    *,
    min: float,
    max: float,
    step: float,
    **notes: Unpack[Notes],
) -> Item:
    """A number that is reported while it is dragged; beside it any text can be typed."""
    data = {"label": label, "value": shown, "min": min, "max": max, "step": step, **notes}
    return Item("slider", data, name, _text, take)


def file(name: str, label: str, suffix: str, take: Callable[[str], None], *, most: int = MAX_FILE) -> Item:
    """A button that opens a file of one's own, a text of up to `most` characters whose name ends in `suffix`."""

    def read(raw: object) -> str | None:
        return raw if isinstance(raw, str) and len(raw) <= most else None

    return Item("file", {"label": label, "suffix": suffix, "most": most, "bytes": False}, name, read, take)


def bytes_file(name: str, label: str, suffix: str, take: Callable[[bytes], None], *, most: int) -> Item:
    """The same for any file of up to `most` bytes."""

    def read(raw: object) -> bytes | None:
        try:
            return b64decode(raw, validate=True) if isinstance(raw, str) and len(raw) <= 4 * (most // 3 + 2) else None
        except ValueError:
            return None

    return Item("file", {"label": label, "suffix": suffix, "most": most, "bytes": True}, name, read, take)


def switch(name: str, label: str, on: bool, take: Callable[[bool], None], **notes: Unpack[Notes]) -> Item:
    """On or off."""
    data = {"label": label, "value": on, **notes}
    return Item("switch", data, name, lambda raw: raw if isinstance(raw, bool) else None, take)


def choice(
    name: str,
    label: str,
    value: str | None,
    of: Mapping[str, str],
    take: Callable[[str], None],
    *,
    placeholder: str = "",
    groups: Mapping[str, str] | None = None,
    **notes: Unpack[Notes],
) -> Item:
    """A list that opens, with `of` by their labels; None shows the placeholder. `groups` says under which heading each stands."""
    data = {"placeholder": placeholder, "groups": dict(groups or {}), **notes}
    return _one_of("choice", name, label, value, of, take, data)


def action(
    name: str, label: str, of: Mapping[str, str], act: Callable[[str], None], groups: Mapping[str, str] | None = None
) -> Item:
    """A list whose choice is carried out at once; it then shows its label again."""
    data = {"placeholder": label, "groups": dict(groups or {}), "bare": True}
    return _one_of("action", name, label, None, of, act, data)


def view(
    name: str,
    label: str,
    value: str,
    of: Mapping[str, str],
    take: Callable[[str], None],
    tags: Mapping[str, str] | None = None,
) -> Item:
    """A row of buttons. With `tags` the choice is one of languages: the page's own becomes the chosen one's tag."""
    return _one_of("view", name, label, value, of, take, {"tags": dict(tags)} if tags else {})


def pages(name: str, label: str, here: str, of: Mapping[str, str], go: Callable[[str], None], *, first: str) -> Item:
    """Links to the pages; the address of the `first` has no name in it."""
    return _one_of("pages", name, label, here, of, go, {"first": first})


def _one_of(
    type: Literal[Choice, "view", "pages"],
    name: str,
    label: str,
    value: str | None,
    of: Mapping[str, str],
    take: Callable[[str], None],
    data: Mapping[str, object],
) -> Item:
    data = {"label": label, "value": value, "of": list(of.items()), **data}
    return Item(type, data, name, lambda raw: raw if isinstance(raw, str) and raw in of else None, take)


def panel(items: Sequence[Item], *, key: str, layout: Layout = "form") -> None:
    """Show `items`; each entry in one of them is taken once, in order, in a callback."""
    named = {item.name: item for item in flattened(items) if item.take}

    def take(raw: object) -> None:
        if found := parse_event(raw, named):
            item, value = found
            assert item.take  # by what is in `named`
            item.take(value)
        elif used := _used(raw, named):
            _object(*used)

    sent = [Node("item", item.name, item.sent(session.refused)) for item in items]
    put(Node("panel", key, {"layout": layout}, take, sent))


def _object(item: Item, entered: object) -> None:
    """Say why what was `entered` in `item` can't be taken; nothing at all takes a refused entry back."""
    if entered is None:
        session.withdraw(item.name)
    elif item.type in get_args(Text):
        text = str(entered)
        session.refuse(item.name, text[:MAX_ENTRY], _too_long(len(text)))
    elif item.type == "file":
        session.notify(_too_large())
    elif item.type in get_args(Field):
        session.refuse(item.name, "", GONE)
    else:
        session.notify(GONE)


def _too_long(length: int) -> Message:
    limit = f"{MAX_ENTRY:,}"
    return Message(
        "An entry has {limit} characters at most; this one has {n}. Shorten it.", limit=limit, n=f"{length:,}"
    )


def _too_large() -> Message:
    return Message("A file has {limit} characters at most. Choose one that Layerlab wrote.", limit=f"{MAX_FILE:,}")


def flattened(items: Iterable[Item]) -> Iterator[Item]:
    """`items` and what is inside them."""
    for item in items:
        yield item
        yield from flattened(item.inside)


def parse_event(raw: object, named: Mapping[str, Item]) -> tuple[Item, object] | None:
    """Which item was used and what was entered; None for anything that a panel of these items can't have sent."""
    used = _used(raw, named)
    if used is None:
        return None
    item, entered = used
    value = item.read(entered)
    return None if value is None else (item, value)


def _used(raw: object, named: Mapping[str, Item]) -> tuple[Item, object] | None:
    """Which item was used, and what was entered, unread."""
    if not isinstance(raw, dict) or not isinstance(name := raw.get("name"), str) or name not in named:
        return None
    value = raw.get("value")
    # Half a character, which a browser may send, can't be sent back, nor be in a link.
    return named[name], value.encode(errors="replace").decode() if isinstance(value, str) else value


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) and len(raw) <= MAX_ENTRY else None
