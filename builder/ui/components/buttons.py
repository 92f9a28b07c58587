"""Buttons of which every click counts: Streamlit's own make one of two clicks that come while the page is busy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from builder.ui.components import wire

_BUTTONS = wire.register("buttons", '<div class="buttons"></div>')


@dataclass(frozen=True)
class Button:
    """A button called `name` in the page's code and `label` on the page.

    `sign` stands before the label and is not read aloud; `shortcut` is the key that presses the button together with
    Ctrl (or Cmd), as `z` or `shift+z`; the `main` button is the one in the accent colour.
    """

    name: str
    label: str
    act: Callable[[], None]
    sign: str = ""
    shortcut: str = ""
    main: bool = False
    disabled: bool = False


def buttons(shown: Sequence[Button], *, key: str, small: bool = False) -> None:
    """Show a row of buttons; each click is acted on once, in order, in a callback."""
    acts = {button.name: button.act for button in shown}

    def take(raw: object) -> None:
        if name := parse_event(raw, acts):
            acts[name]()

    data = {
        "small": small,
        "buttons": [{name: value for name, value in vars(button).items() if name != "act"} for button in shown],
    }
    wire.mount(_BUTTONS, key, data, take, width="content")


def parse_event(raw: object, names: Collection[str]) -> str | None:
    """The name of the pressed button; None for anything else that a browser may send."""
    name = raw.get("name") if isinstance(raw, dict) else None
    return name if isinstance(name, str) and name in names else None
