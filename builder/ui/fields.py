"""Form fields that show what the experiment says and turn an entry into one edit, or into a sentence that refuses it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from builder.experiment import Experiment
from builder.messages import NO_MESSAGE, Message
from builder.options import Option
from builder.ui import markup, session

Apply = Callable[[Experiment, Any], Experiment]


def number(key: str, label: Message, value: float, apply: Apply, help: Message = NO_MESSAGE, step: float = 1.0) -> None:
    """A number with buttons for less and more. It takes any number: what is wrong with one is said in a sentence."""
    refused = session.project(key, float(value))
    st.number_input(
        session.say(label),
        key=key,
        step=step,
        format="%.16g",
        help=_help(help),
        on_change=_take_number,
        args=(key, label, apply),
    )
    _show(refused)


def word(key: str, label: Message, value: str, apply: Apply, help: Message = NO_MESSAGE) -> None:
    """A line of text."""
    refused = session.project(key, value)
    st.text_input(session.say(label), key=key, help=_help(help), on_change=_take, args=(key, apply))
    _show(refused)


def switch(key: str, label: Message, value: bool, apply: Apply, help: Message = NO_MESSAGE) -> None:
    """On or off."""
    refused = session.project(key, value)
    st.checkbox(session.say(label), key=key, help=_help(help), on_change=_take, args=(key, apply))
    _show(refused)


def choice(
    key: str,
    label: Message,
    value: str | None,
    of: Mapping[str, Message],
    apply: Apply,
    help: Message = NO_MESSAGE,
    placeholder: Message = NO_MESSAGE,
) -> None:
    """One of a few, by their labels; None shows the placeholder.

    A list that shows another value is another widget, so that an echo (see `session.is_echo`) can't be taken for a choice.
    """
    key = f"{key}={value}"
    refused = session.project(key, value)
    st.selectbox(
        session.say(label),
        list(of),
        key=key,
        index=None if value is None else 0,  # with None, a cross in the field would clear it
        format_func=session.say_each(of).__getitem__,
        help=_help(help),
        placeholder=session.say(placeholder),
        on_change=_take_choice,
        args=(key, tuple(of), apply),
    )
    _show(refused)


def action(key: str, label: Message, of: Mapping[str, Message], act: Callable[[str], None]) -> None:
    """A list whose choice is carried out at once; it then shows its label again."""
    st.selectbox(
        session.say(label),
        list(of),
        key=key,
        index=None,
        format_func=session.say_each(of).__getitem__,
        placeholder=session.say(label),
        label_visibility="collapsed",
        on_change=_act,
        args=(key, tuple(of), act),
    )


def view(key: str, label: Message, of: Mapping[str, Message], default: str) -> str:
    """A row of buttons that says which of a few views is shown; the chosen one."""
    session.hold(key, default, of)
    chosen = st.segmented_control(
        session.say(label),
        list(of),
        key=key,
        format_func=session.say_each(of).__getitem__,
        on_change=session.touch,
        label_visibility="collapsed",
        required=True,
    )
    return str(chosen)


def options(prefix: str, shown: Sequence[Option], values: object, apply: Callable[[str], Apply]) -> None:
    """A field for each option whose type has one; `apply(name)` says what an entry in it does."""
    for option in shown:
        key, value = f"{prefix}.{option.name}", getattr(values, option.name)
        if option.choices:
            choice(
                key,
                option.label,
                value,
                {word: Message(word) for word in option.choices},
                apply(option.name),
                option.help,
            )
        elif option.type is bool:
            switch(key, option.label, value, apply(option.name), option.help)
        elif option.type in (int, float):
            number(key, option.label, value, apply(option.name), option.help, step=1.0 if option.type is int else 0.1)


def _take(key: str, apply: Apply) -> None:
    session.touch()
    value = session.entry(key)
    if not session.is_echo(key):
        session.edit(lambda experiment: apply(experiment, value), field=key)


def _take_number(key: str, label: Message, apply: Apply) -> None:
    session.touch()
    value = session.entry(key)
    if session.is_echo(key):
        return
    if value is None:
        session.refuse(key, Message("{label} needs a number.", label=label))
    else:
        exact = _without_step_noise(value)
        session.edit(lambda experiment: apply(experiment, exact), field=key)


def _without_step_noise(value: float) -> float:
    """0.3 for the 0.30000000000000004 that three steps of 0.1 come to; whole numbers as they are."""
    return value if not math.isfinite(value) or value.is_integer() else float(f"{value:.12g}")


def _take_choice(key: str, of: tuple[str, ...], apply: Apply) -> None:
    if session.entry(key) in of:  # after a change of language the browser still sends the old label
        _take(key, apply)
    session.touch()


def _act(key: str, of: tuple[str, ...], act: Callable[[str], None]) -> None:
    chosen = session.entry(key)
    session.touch()
    session.project(key, None)
    if chosen in of:
        act(chosen)


def _show(refused: Message | None) -> None:
    if refused is not None:
        markup.refusal(session.say(refused))


def _help(message: Message) -> str | None:
    return session.say(message) or None
