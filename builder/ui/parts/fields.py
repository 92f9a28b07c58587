"""Fields that show what the experiment says and turn an entry into one edit, or into a sentence that refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

from builder.core.messages import NO_MESSAGE, Message
from builder.core.numerals import plain
from builder.core.options import Option, Several
from builder.network.experiment import Experiment
from builder.ui.components import panel
from builder.ui.components.panel import Item, Look
from builder.ui.state import session

_BETWEEN = re.compile(r"[\s,，、;×xX*]+")

Apply = Callable[[Experiment, Any], Experiment]


def number(
    key: str,
    label: Message,
    value: float | tuple[int, ...],
    apply: Apply,
    help: Message = NO_MESSAGE,
    step: float = 1.0,
    words: Sequence[str] = (),
    several: bool = False,
    **look: Unpack[Look],
) -> Item:
    """A number with buttons for less and more, or one of `words`; with `several` also numbers with commas between.

    It takes any text: what is wrong with one is said in a sentence.
    """

    def take(typed: str) -> None:
        word = typed.strip(" \"'“”").lower()
        number: int | float | str | tuple[int | float, ...] | None = word if word in words else as_number(typed)
        if number is None and several:
            number = as_numbers(typed)
        if number is None:
            session.refuse(key, typed, Message("{label} needs a number.", label=label))
            return
        if type(value) in (int, tuple) and type(number) is float and number.is_integer():
            number = int(number)  # 3.0 and 1e3 are whole, too
        session.edit(lambda experiment: apply(experiment, number), field=key, entry=typed)

    return panel.number(key, session.say(label), _entry(value), take, help=session.say(help), step=step, **look)


def _entry(value: float | tuple[int, ...]) -> str:
    """The number as one types it: `1e-5`, where Python writes `1e-05`; of several `3, 5`."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return plain(f"{value:.16g}").replace("−", "-")


def word(key: str, label: Message, value: str, apply: Apply, help: Message = NO_MESSAGE) -> Item:
    """A line of text."""

    def take(typed: str) -> None:
        session.edit(lambda experiment: apply(experiment, typed), field=key, entry=typed)

    return panel.word(key, session.say(label), value, take, help=session.say(help))


def switch(key: str, label: Message, value: bool, apply: Apply, help: Message = NO_MESSAGE) -> Item:
    """On or off."""

    def take(on: bool) -> None:
        session.edit(lambda experiment: apply(experiment, on), field=key)

    return panel.switch(key, session.say(label), value, take, help=session.say(help))


def choice(
    key: str,
    label: Message,
    value: str | None,
    of: Mapping[str, Message],
    apply: Apply,
    help: Message = NO_MESSAGE,
    placeholder: Message = NO_MESSAGE,
    groups: Mapping[str, Message] | None = None,
    **look: Unpack[Look],
) -> Item:
    """One of a few, by their labels; None shows the placeholder. `groups` says under which heading each stands."""

    def take(chosen: str) -> None:
        session.edit(lambda experiment: apply(experiment, chosen), field=key)

    words, under = session.say_each(of), session.say_each(groups or {})
    said, empty = session.say(help), session.say(placeholder)
    return panel.choice(key, session.say(label), value, words, take, placeholder=empty, groups=under, help=said, **look)


def action(
    key: str,
    label: Message,
    of: Mapping[str, Message],
    act: Callable[[str], None],
    groups: Mapping[str, Message] | None = None,
) -> Item:
    """A list whose choice is carried out at once; it then shows its label again. `groups` says under which heading each stands."""
    return panel.action(key, session.say(label), session.say_each(of), act, session.say_each(groups or {}))


def view(
    key: str, label: Message, of: Mapping[str, Message], default: str, *, as_list: bool = False, **look: Unpack[Look]
) -> Item:
    """A choice of what is looked at, which changes no network: a row of buttons, or a list. `session.view(key, …)` is what is chosen."""

    def take(chosen: str) -> None:
        session.choose(key, chosen)

    chosen, words = session.view(key, default, of), session.say_each(of)
    if as_list:
        return panel.choice(key, session.say(label), chosen, words, take, **look)
    return panel.view(key, session.say(label), chosen, words, take)


def options(prefix: str, shown: Sequence[Option], values: object, apply: Callable[[str], Apply]) -> list[Item]:
    """A field for each option whose type has one; `apply(name)` says what an entry in it does."""
    return [
        field
        for option in shown
        if (field := _option(f"{prefix}.{option.name}", option, getattr(values, option.name), apply(option.name)))
    ]


def _option(key: str, option: Option, value: Any, apply: Apply) -> Item | None:
    if option.choices:
        words = {word: Message(word) for word in option.choices}
        return choice(key, option.label, value, words, apply, option.help)
    if option.type is bool:
        return switch(key, option.label, value, apply, option.help)
    if option.type in (int, float, Several):
        step, several = 0.1 if option.type is float else 1.0, option.type == Several
        return number(key, option.label, value, apply, option.help, step=step, words=option.words, several=several)
    return None


def as_number(typed: str) -> int | float | None:
    """The number that was typed, however large, or NaN or infinite; None if it is none."""
    for kind in (int, float):
        try:
            return kind(typed.replace("−", "-"))  # as the page writes it
        except ValueError:
            continue
    return None


def as_numbers(typed: str) -> tuple[int | float, ...] | None:
    """The numbers that were typed with commas, × or spaces between, in brackets or not; None if that is not what it is."""
    numbers = [as_number(part) for part in _BETWEEN.split(typed.strip(" ()[]（）")) if part]
    return None if None in numbers or not numbers else tuple(n for n in numbers if n is not None)
