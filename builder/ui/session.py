"""What one visitor is doing: the only code that touches `st.session_state` and `st.query_params`.

The experiment with its history, the selected layer, the language and the refused entries live here. The link holds
all but the history and the refusals, so that a reload loses nothing that was built.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, cast
from urllib.parse import urlencode

import streamlit as st

from builder.experiment import Experiment
from builder.history import History
from builder.messages import LANGUAGES, Language, Message
from builder.options import Refusal
from builder.presets import PRESETS
from builder.share import MAX_TOKEN, from_token, to_token
from builder.spec import INPUT, Gone

Edit = Callable[[Experiment], Experiment]

_NETWORK, _SELECTED, _LANGUAGE = "n", "at", "lang"  # parameters of the link


def start() -> None:
    """The first act of every run: take up the link on the first visit, and when the browser went back to another."""
    state = st.session_state
    token = st.query_params.get(_NETWORK)
    if "history" not in state:
        state.language = _first_language()
        state.history = History(PRESETS["tutorial"].experiment)
        state.before = state.history.present
        state.refusals = {}
        state.notice = None
        state.acted = False
        state.shown = {}
        state.selected = state.form = INPUT
        state.published = token  # a click may interrupt this run before it publishes a link
        _open(token)
        state.history = History(experiment())  # what the link brought is where this visit begins
        state.before = experiment()
        state.selected = state.form = _existing(st.query_params.get(_SELECTED, _first_layer()))
    elif token != state.published and not state.acted:
        # No click led to this run, and the link is another than the page last wrote: the back button, or a pasted link.
        _open(token)
    state.acted = False


def publish() -> None:
    """The last act of every run: the link says what the page shows, or leaves out a network that no link carries."""
    link = _link()
    if not fits_link():
        del link[_NETWORK]
    st.session_state.published = link.get(_NETWORK)
    if st.query_params.to_dict() != link:
        st.query_params.from_dict(link)


def fits_link() -> bool:
    """Can a link carry what is on the page? If not, only the file keeps it over a reload."""
    return len(to_token(experiment())) <= MAX_TOKEN


def experiment() -> Experiment:
    """What is on the page now."""
    return cast(Experiment, st.session_state.history.present)


def before() -> Experiment:
    """What was on the page before the last change, for the difference that the change made."""
    return cast(Experiment, st.session_state.before)


def selected() -> str:
    """The path of the selected layer; the input's if the layer is gone."""
    return cast(str, st.session_state.selected)


def form() -> str:
    """What the keys of the inspector's fields begin with: they stay the same while the layer is only renamed."""
    return cast(str, st.session_state.form)


def touch() -> None:
    """Every widget's callback: the run that follows is a gesture's doing, so its link may lag behind the page."""
    st.session_state.acted = True


def select(path: str) -> None:
    """Show the layer at `path` in the inspector. An entry that this very click sent off and that was refused is said above."""
    state = st.session_state
    refused = next(iter(state.refusals.values()), None) if state.acted else None
    _begin()
    state.selected = state.form = _existing(path)
    state.refusals = {}
    state.notice = refused


def edit(change: Edit, field: str | None = None, select: str | None = None, place: int | None = None) -> None:
    """Make one step: apply `change`, or keep everything and remember why it was refused, for `field` to show.

    Afterwards the layer at the path `select` is selected, or the one at `place` in the order of all paths.
    A change of a layer that is gone, from a second click on what the first one removed, is none.
    """
    state = st.session_state
    _begin()
    try:
        _go(state.history.edited(change(experiment())))
    except Gone:
        return
    except Refusal as refusal:
        if field is None:
            state.notice = refusal.message
        else:
            state.refusals = {field: refusal.message}
    else:
        if place is not None:
            select = dict(enumerate(experiment().network.paths)).get(place, INPUT)
        if select is not None:
            state.selected = state.form = _existing(select)


def refuse(field: str, message: Message) -> None:
    """Remember why the entry in `field` could not be taken."""
    _begin()
    st.session_state.refusals = {field: message}


def address() -> str:
    """The link to what is on the page, as this visitor's browser reaches it."""
    return f"{st.context.url}?{urlencode(_link())}"


def undo() -> None:
    """One step back."""
    _begin()
    _go(st.session_state.history.undone())


def redo() -> None:
    """One step forward again."""
    _begin()
    _go(st.session_state.history.redone())


def can_undo() -> bool:
    return bool(st.session_state.history.past)


def can_redo() -> bool:
    return bool(st.session_state.history.future)


def notice() -> Message | None:
    """What went wrong with the network as a whole, until the next gesture."""
    return cast("Message | None", st.session_state.notice)


def language() -> Language:
    return cast(Language, st.session_state.language)


def speak(language: Language) -> None:
    """Show the page in `language` from now on."""
    _begin()
    st.session_state.language = language


def say(message: Message) -> str:
    """`message` in the visitor's language."""
    return message.text(language())


def say_each(messages: Mapping[str, Message]) -> dict[str, str]:
    """The labels of a list of choices, in the visitor's language."""
    return {name: say(message) for name, message in messages.items()}


def entry(key: str) -> Any:
    """What was entered in the widget `key`; None when there is none."""
    return st.session_state.get(key)


def project(key: str, value: object) -> Message | None:
    """Make the widget `key` show `value`, unless its last entry was refused: that stays, with the reason returned."""
    refusal = cast("dict[str, Message]", st.session_state.refusals).get(key)
    st.session_state.shown[key] = value
    if refusal is None and st.session_state.get(key) != value:
        st.session_state[key] = value
    return refusal


def is_echo(key: str) -> bool:
    """Is the entry in the widget `key` what the page itself put there?

    When a click interrupts a run, the browser sends back as a change what that run had put into a field. It is none.
    """
    state = st.session_state
    return key in state.shown and key not in state.refusals and bool(entry(key) == state.shown[key])


def hold(key: str, default: object, among: Collection[object]) -> None:
    """Give the widget `key` its last choice among `among`, or `default`.

    Streamlit forgets the choice of a widget that was not drawn for a while; and after a change of language the browser
    still sends the old label, which is no choice.
    """
    choose(key, chosen(key, default, among))


def choose(key: str, value: object) -> None:
    """Choose `value` in the widget `key` that `hold` looks after."""
    st.session_state[key] = st.session_state[_held(key)] = value


def chosen(key: str, default: object, among: Collection[object]) -> Any:
    """What is chosen in the widget `key` that `hold` looks after."""
    return next((value for value in (entry(key), entry(_held(key))) if value in among), default)


def _held(key: str) -> str:
    return f"{key} (held)"


def _begin() -> None:
    """Every gesture begins so: the run that follows is its doing, and what was said about the last one has been read."""
    touch()
    st.session_state.notice = None


def _link() -> dict[str, str]:
    state = st.session_state
    return {_NETWORK: to_token(experiment()), _SELECTED: state.selected, _LANGUAGE: state.language}


def _go(history: History[Experiment]) -> None:
    """Show another present. Where the selected layer is gone (removed, renamed), what stands in its place is selected."""
    state, before = st.session_state, experiment().network.paths
    if history.present != experiment():
        state.before = experiment()
    state.history = history
    state.refusals = {}
    after = experiment().network.paths
    if state.selected in after:
        return
    place = before.index(state.selected) if state.selected in before else -1
    state.selected = after[min(place, len(after) - 1)] if after and place >= 0 else INPUT
    if len(after) != len(before) or after[:place] != before[:place]:
        state.form = state.selected  # another layer; a renamed one keeps its form, and with it the focus


def _open(token: str | None) -> None:
    if token is None:
        return
    try:
        _go(st.session_state.history.edited(from_token(token)))
    except Refusal as refusal:
        st.session_state.notice = refusal.message


def _existing(path: str) -> str:
    return path if path in experiment().network.by_path else INPUT


def _first_layer() -> str:
    return next(iter(experiment().network.paths), INPUT)


def _first_language() -> Language:
    asked = st.query_params.get(_LANGUAGE)
    if asked in LANGUAGES:
        return asked
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"
