"""The bar at the top: the name, the networks to start from, undo and redo, the language."""

from __future__ import annotations

import streamlit as st

from builder.experiment import Experiment
from builder.messages import LANGUAGES, Message
from builder.presets import PRESETS
from builder.ui import fields, markup, session, sharing
from builder.ui.components.buttons import Button, buttons
from builder.ui.components.manners import manners


def show() -> None:
    """Draw the bar, and below it what went wrong with the network as a whole."""
    with st.container(horizontal=True, key="bar", vertical_alignment="center"):
        st.html('<h1 class="brand">Layer<span>lab</span></h1>', width="content")
        current = _current()
        purpose = (
            PRESETS[current].purpose
            if current
            else Message("A network of your own; the link in the address bar holds it.")
        )
        st.html(markup.text("p", session.say(purpose), "small"), width="content")
        st.space("stretch")
        labels = {key: preset.label for key, preset in PRESETS.items()}
        fields.choice(
            "preset", Message("Network"), current, labels, _start_from, placeholder=Message("Your own network")
        )
        buttons([_undo(), _redo()], key="steps")
        sharing.show()
        session.project("language", session.language())
        st.segmented_control(
            session.say(Message("Language")),
            LANGUAGES,
            key="language",
            format_func={"en": "EN", "zh": "中文"}.__getitem__,
            label_visibility="collapsed",
            required=True,
            on_change=_speak,
        )
        manners(session.language())
    if not session.fits_link():
        lost = Message("This network is too long for a link, so a reload would lose it. Keep it as a file: see Share.")
        st.html(markup.text("p", session.say(lost), "notice", role="status"))
    if notice := session.notice():
        st.html(markup.text("p", session.say(notice), "refusal", role="alert"))


def _speak() -> None:
    session.touch()
    if not session.is_echo("language"):
        session.speak(session.entry("language"))


def _undo() -> Button:
    label = session.say(Message("Undo"))
    return Button("undo", label, session.undo, sign="↶", shortcut="z", disabled=not session.can_undo())


def _redo() -> Button:
    label = session.say(Message("Redo"))
    return Button("redo", label, session.redo, sign="↷", shortcut="shift+z", disabled=not session.can_redo())


def _start_from(experiment: Experiment, preset: str) -> Experiment:
    return experiment.with_network(PRESETS[preset].experiment.network)


def _current() -> str | None:
    """The preset that is on the page unchanged, if one is."""
    network = session.experiment().network
    return next((key for key, preset in PRESETS.items() if preset.experiment.network == network), None)
