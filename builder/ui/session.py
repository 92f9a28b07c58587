"""What one visitor is doing: the only code that touches `st.session_state` and `st.query_params`.

The experiment with its history, the selected layer, the language and the refused entries live here. The link holds
all but the history and the refusals, so that a reload loses nothing that was built.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast
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
# The language of this thread's visitor: a page asks for it a few hundred times, and the session state is slow to answer.
_spoken: ContextVar[Language | None] = ContextVar("language", default=None)


@dataclass
class Rest:
    """What is outside of a page's fragment: what it was drawn for, or None while the whole page is being drawn."""

    drawn: tuple[object, ...] | None = None


@dataclass(frozen=True)
class Refused:
    """An entry that could not be taken, and why; it stays in its field to be mended."""

    entry: str
    reason: Message


_NETWORK, _SELECTED, _LANGUAGE = "n", "at", "lang"  # parameters of the link; all others are views
MAX_VIEWS, MAX_VIEW = (
    40,
    20_000,
)  # how many views a link may name, and the characters of one: an input of 784 numbers fits


def start() -> None:
    """The first act of every run: take up the link on the first visit, and when the browser went back to another."""
    state, asked = st.session_state, st.query_params.to_dict()
    if "history" not in state:
        _set_language(_first_language())
        state.history = History(PRESETS["tutorial"].experiment)
        state.before = state.history.present
        state.refusals = state.seen = {}
        state.notice = None
        state.acted = False
        state.wanted = None
        state.views = {}
        state.read = set()
        state.selected = state.form = INPUT
        state.published = asked  # a click may interrupt this run before it publishes a link
        _take_up(asked)
        state.history = History(experiment())  # what the link brought is where this visit begins
        state.before = experiment()
        state.selected = state.form = _existing(asked.get(_SELECTED, _first_layer()))
    elif asked != state.published and not state.acted:
        # No click led to this run, and the link is another than the page last wrote: the back button, or a pasted link.
        _take_up(dict(asked.items() - state.published.items()))
    state.acted = False


def publish() -> None:
    """The last act of every run: the link says what the page shows, or leaves out a network that no link carries."""
    state, link = st.session_state, _link()
    if len(link[_NETWORK]) > MAX_TOKEN:
        del link[_NETWORK]
    before, state.published = state.published, link
    state.seen = state.refusals
    state.acted = False
    # What the browser last said may be older than what it was last told.
    if not before == link == st.query_params.to_dict():
        st.query_params.from_dict(link)


def finish(rest: Rest, *needed: object) -> None:
    """The last act of a fragment: what is outside must follow if what it shows has changed – the header's, and what is `needed`.

    To run the whole page takes the browser two to three times as long as the fragment, and a person waits for what they point at.
    """
    state = st.session_state
    now = (experiment(), state.language, state.notice, *needed)
    if rest.drawn is None:
        rest.drawn = now
    elif rest.drawn == now:
        publish()
    else:
        st.rerun()


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
    """Show the layer at `path` in the inspector."""
    _turn()
    st.session_state.selected = st.session_state.form = _existing(path)


def edit(
    change: Edit, field: str | None = None, entry: str = "", select: str | None = None, place: int | None = None
) -> None:
    """Make one step: apply `change`, or keep everything and remember why `entry` was refused, for `field` to show.

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
            state.refusals = {field: Refused(entry, refusal.message)}
    else:
        if place is not None:
            select = dict(enumerate(experiment().network.paths)).get(place, INPUT)
        if select is not None:
            state.selected = state.form = _existing(select)


def refuse(field: str, entry: str, reason: Message) -> None:
    """Remember the entry in `field`, and why it could not be taken."""
    _begin()
    st.session_state.refusals = {field: Refused(entry, reason)}


def address() -> str:
    """The link to what is on the page, as this visitor's browser reaches it."""
    return f"{st.context.url}?{urlencode(_link())}"


def go(page: str) -> None:
    """Open the page `page`; the network comes along."""
    _begin()
    st.session_state.wanted = page


def wanted() -> str | None:
    """The page that a click asked for, once."""
    page, st.session_state.wanted = st.session_state.wanted, None
    return cast("str | None", page)


def enter(page: str) -> None:
    """Say which page this run shows."""
    st.session_state.page = page


def page() -> str:
    """The page that this run shows."""
    return cast(str, st.session_state.page)


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
    spoken = _spoken.get()
    if spoken is None:
        _spoken.set(spoken := cast(Language, st.session_state.language))
    return spoken


def speak(language: str) -> None:
    """Show the page in `language`, one of LANGUAGES, from now on."""
    _begin()
    _set_language(language)


def say(message: Message) -> str:
    """`message` in the visitor's language."""
    return message.text(language())


def say_each(messages: Mapping[str, Message]) -> dict[str, str]:
    """The labels of a list of choices, in the visitor's language."""
    return {name: say(message) for name, message in messages.items()}


def refused(field: str) -> Refused | None:
    """The last entry in `field`, if it could not be taken."""
    return cast("dict[str, Refused]", st.session_state.refusals).get(field)


def entry(key: str) -> object:
    """What was entered in the widget `key` of Streamlit's own; None when there is none."""
    return st.session_state.get(key)


def view(name: str, default: str, among: Collection[str]) -> str:
    """Which of `among` is looked at; a view is a word, since it comes from the link as from a click."""
    chosen = noted(name)
    return default if chosen is None or chosen not in among else chosen


def views() -> dict[str, str]:
    """All that is looked at."""
    return dict(st.session_state.views)


def noted(name: str) -> str | None:
    """What `choose` or the link last said for `name`, as free text. The page that reads it puts it into its link."""
    st.session_state.read.add(name)
    return cast("dict[str, str]", st.session_state.views).get(name)


def choose(name: str, value: str) -> None:
    """Look at `value` from now on."""
    _turn()
    st.session_state.views[name] = value


def _begin() -> None:
    """Every gesture begins so: the run that follows is its doing, and what was said about the last one has been read."""
    touch()
    st.session_state.notice = None


def _set_language(language: str) -> None:
    st.session_state.language = language
    _spoken.set(cast(Language, language))


def _turn() -> None:
    """A gesture that looks elsewhere begins so. An entry that this very click sent off and that was refused is said above."""
    state = st.session_state
    unseen = {} if state.refusals is state.seen else state.refusals
    _begin()
    state.notice = next((refused.reason for refused in unseen.values()), None)
    state.refusals = {}


def _link() -> dict[str, str]:
    state = st.session_state
    views = {name: value for name, value in sorted(state.views.items()) if name in state.read}
    return {_NETWORK: to_token(experiment()), _SELECTED: state.selected, _LANGUAGE: state.language} | views


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


def _take_up(link: Mapping[str, str]) -> None:
    """Show what `link` says; what it does not speak of stays."""
    state = st.session_state
    if _NETWORK in link:
        try:
            _go(state.history.edited(from_token(link[_NETWORK])))
        except Refusal as refusal:
            state.notice = refusal.message
    if _SELECTED in link:
        state.selected = state.form = _existing(link[_SELECTED])
    if link.get(_LANGUAGE) in LANGUAGES:
        _set_language(link[_LANGUAGE])
    views = {name: value for name, value in link.items() if name not in (_NETWORK, _SELECTED, _LANGUAGE)}
    state.views |= {name: value for name, value in list(views.items())[:MAX_VIEWS] if len(value) <= MAX_VIEW}


def _existing(path: str) -> str:
    return path if path in experiment().network.by_path else INPUT


def _first_layer() -> str:
    return next(iter(experiment().network.paths), INPUT)


def _first_language() -> Language:
    asked = st.query_params.get(_LANGUAGE)
    if asked in LANGUAGES:
        return asked
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"
