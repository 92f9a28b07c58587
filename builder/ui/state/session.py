"""What one visitor is doing: the only code that touches `st.session_state` and `st.query_params`.

The experiment with its history, the selected layer, the language and the refused entries live here. The link holds
all but the history and the refusals, so that a reload loses nothing that was built.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from builder.core.history import History
from builder.core.messages import LANGUAGES, Language, Message
from builder.core.options import Refusal
from builder.formats.link import MAX_TOKEN, from_token, to_token
from builder.network.experiment import Experiment
from builder.network.spec import INPUT, Gone
from builder.zoo.presets import PRESETS

Edit = Callable[[Experiment], Experiment]


@dataclass
class Rest:
    """What is outside of a page's fragment: what it was drawn for, or None while the whole page is being drawn."""

    drawn: tuple[object, ...] | None = None


@dataclass(frozen=True)
class Refused:
    """An entry that could not be taken, and why; it stays in its field to be mended."""

    entry: str
    reason: Message


@dataclass
class Ear:
    """What hears one component of the page: `take` gets each thing it reports; `answered` is the number of the newest one taken."""

    take: Callable[[object], None]
    answered: int = 0


@dataclass
class _Visit:
    """All that is remembered of one visitor."""

    history: History[Experiment]
    before: Experiment  # the last change
    language: Language
    published: dict[str, str]  # the link that the browser was last told
    selected: str = INPUT
    form: str = INPUT
    page: str = ""
    notice: Message | None = None
    refusals: dict[str, Refused] = field(default_factory=dict)
    seen: dict[str, Refused] = field(default_factory=dict)  # the refusals that a page has shown
    wanted: str | None = None
    views: dict[str, str] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)  # the views that a page has asked for
    ears: dict[str, Ear] = field(default_factory=dict)  # by the component's key


# This thread's visitor. Each look into `st.session_state` is a place where Streamlit breaks off a run for a newer one: a
# gesture looks there once, before it does anything, so that none is carried out by half or counted without being done.
_here: ContextVar[_Visit | None] = ContextVar("visit", default=None)

_VISIT = "visit"  # its place in the session state
_NETWORK, _SELECTED, _LANGUAGE = "n", "at", "lang"  # parameters of the link; all others are views
MAX_VIEWS, MAX_VIEW = (
    40,
    20_000,
)  # how many views a link may name, and the characters of one: an input of 784 numbers fits


def start() -> None:
    """The first act of every run: take up the link on the first visit, and when the browser went back to another."""
    asked = st.query_params.to_dict()
    if _VISIT not in st.session_state:
        st.session_state[_VISIT] = _first_visit(asked)
    visit = _arrive()
    if _went_back() and asked != visit.published:
        _take_up(dict(asked.items() - visit.published.items()))


def _went_back() -> bool:
    """Did the browser's back or forward button lead to this run? Else its link may lag behind the page: clicks are faster."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _first_visit(asked: dict[str, str]) -> _Visit:
    """A visit that begins with what the link `asked` for; a click may interrupt it before it publishes one of its own."""
    tutorial = PRESETS["tutorial"].experiment
    visit = _Visit(History(tutorial), tutorial, _first_language(), asked)
    _here.set(visit)
    _take_up(asked)
    visit.before = experiment()
    visit.history = History(visit.before)
    visit.selected = visit.form = _existing(asked.get(_SELECTED, _first_layer()))
    return visit


def _visit() -> _Visit:
    return _here.get() or _arrive()


def _arrive() -> _Visit:
    """Look up who this thread works for."""
    visit = cast(_Visit, st.session_state[_VISIT])
    _here.set(visit)
    return visit


def publish() -> None:
    """The last act of every run: the link says what the page shows, or leaves out a network that no link carries."""
    visit, link = _visit(), _link()
    if len(link[_NETWORK]) > MAX_TOKEN:
        del link[_NETWORK]
    before, visit.published = visit.published, link
    visit.seen = visit.refusals
    # What the browser last said may be older than what it was last told.
    if not before == link == st.query_params.to_dict():
        st.query_params.from_dict(link)


def finish(rest: Rest, *needed: object) -> None:
    """The last act of a fragment: what is outside must follow if what it shows has changed – the header's, and what is `needed`.

    To run the whole page takes the browser two to three times as long as the fragment, and a person waits for what they point at.
    """
    visit = _visit()
    now = (experiment(), visit.language, visit.notice, *needed)
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
    return _visit().history.present


def before() -> Experiment:
    """What was on the page before the last change, for the difference that the change made."""
    return _visit().before


def selected() -> str:
    """The path of the selected layer; the input's if the layer is gone."""
    return _visit().selected


def form() -> str:
    """What the keys of the inspector's fields begin with: they stay the same while the layer is only renamed."""
    return _visit().form


def ears() -> dict[str, Ear]:
    """What hears the components of the page, by their keys."""
    return _visit().ears


def select(path: str) -> None:
    """Show the layer at `path` in the inspector."""
    _turn()
    _visit().selected = _visit().form = _existing(path)


def edit(
    change: Edit, field: str | None = None, entry: str = "", select: str | None = None, place: int | None = None
) -> None:
    """Make one step: apply `change`, or keep everything and remember why `entry` was refused, for `field` to show.

    Afterwards the layer at the path `select` is selected, or the one at `place` in the order of all paths.
    A change of a layer that is gone, from a second click on what the first one removed, is none.
    """
    visit = _visit()
    _begin()
    try:
        _go(visit.history.edited(change(experiment())))
    except Gone:
        return
    except Refusal as refusal:
        if field is None:
            visit.notice = refusal.message
        else:
            visit.refusals = {field: Refused(entry, refusal.message)}
    else:
        if place is not None:
            select = dict(enumerate(experiment().network.paths)).get(place, INPUT)
        if select is not None:
            visit.selected = visit.form = _existing(select)


def refuse(field: str, entry: str, reason: Message) -> None:
    """Remember the entry in `field`, and why it could not be taken."""
    _begin()
    _visit().refusals = {field: Refused(entry, reason)}


def address() -> str:
    """The link to what is on the page, as this visitor's browser reaches it."""
    return f"{st.context.url}?{urlencode(_link())}"


def go(page: str) -> None:
    """Open the page `page`; the network comes along."""
    _begin()
    _visit().wanted = page


def wanted() -> str | None:
    """The page that a click asked for, once."""
    visit = _visit()
    page, visit.wanted = visit.wanted, None
    return page


def enter(page: str) -> None:
    """Say which page this run shows."""
    _visit().page = page


def page() -> str:
    """The page that this run shows."""
    return _visit().page


def undo() -> None:
    """One step back."""
    _begin()
    _go(_visit().history.undone())


def redo() -> None:
    """One step forward again."""
    _begin()
    _go(_visit().history.redone())


def can_undo() -> bool:
    return bool(_visit().history.past)


def can_redo() -> bool:
    return bool(_visit().history.future)


def notice() -> Message | None:
    """What went wrong with the network as a whole, until the next gesture."""
    return _visit().notice


def language() -> Language:
    return _visit().language


def speak(language: str) -> None:
    """Show the page in `language`, one of LANGUAGES, from now on."""
    _begin()
    _visit().language = cast(Language, language)


def say(message: Message) -> str:
    """`message` in the visitor's language."""
    return message.text(language())


def say_each(messages: Mapping[str, Message]) -> dict[str, str]:
    """The labels of a list of choices, in the visitor's language."""
    return {name: say(message) for name, message in messages.items()}


def refused(field: str) -> Refused | None:
    """The last entry in `field`, if it could not be taken."""
    return _visit().refusals.get(field)


def entry(key: str) -> object:
    """What was entered in the widget `key` of Streamlit's own; None when there is none."""
    return st.session_state.get(key)


def view(name: str, default: str, among: Collection[str]) -> str:
    """Which of `among` is looked at; a view is a word, since it comes from the link as from a click."""
    chosen = noted(name)
    return default if chosen is None or chosen not in among else chosen


def views() -> dict[str, str]:
    """All that is looked at."""
    return dict(_visit().views)


def noted(name: str) -> str | None:
    """What `choose` or the link last said for `name`, as free text. The page that reads it puts it into its link."""
    _visit().read.add(name)
    return _visit().views.get(name)


def choose(name: str, value: str) -> None:
    """Look at `value` from now on."""
    _turn()
    _visit().views[name] = value


def _begin() -> None:
    """Every gesture begins so: what was said about the last one has been read."""
    _visit().notice = None


def _turn() -> None:
    """A gesture that looks elsewhere begins so. An entry that this very click sent off and that was refused is said above."""
    visit = _visit()
    unseen = {} if visit.refusals is visit.seen else visit.refusals
    _begin()
    visit.notice = next((refused.reason for refused in unseen.values()), None)
    visit.refusals = {}


def _link() -> dict[str, str]:
    visit = _visit()
    views = {name: value for name, value in sorted(visit.views.items()) if name in visit.read}
    return {_NETWORK: to_token(experiment()), _SELECTED: visit.selected, _LANGUAGE: visit.language} | views


def _go(history: History[Experiment]) -> None:
    """Show another present. Where the selected layer is gone (removed, renamed), what stands in its place is selected."""
    visit, before = _visit(), experiment().network.paths
    if history.present != experiment():
        visit.before = experiment()
    visit.history = history
    visit.refusals = {}
    after = experiment().network.paths
    if visit.selected in after:
        return
    place = before.index(visit.selected) if visit.selected in before else -1
    visit.selected = after[min(place, len(after) - 1)] if after and place >= 0 else INPUT
    if len(after) != len(before) or after[:place] != before[:place]:
        visit.form = visit.selected  # another layer; a renamed one keeps its form, and with it the focus


def _take_up(link: Mapping[str, str]) -> None:
    """Show what `link` says; what it does not speak of stays."""
    visit = _visit()
    if _NETWORK in link:
        try:
            _go(visit.history.edited(from_token(link[_NETWORK])))
        except Refusal as refusal:
            visit.notice = refusal.message
    if _SELECTED in link:
        visit.selected = visit.form = _existing(link[_SELECTED])
    if link.get(_LANGUAGE) in LANGUAGES:
        visit.language = cast(Language, link[_LANGUAGE])
    views = {name: value for name, value in link.items() if name not in (_NETWORK, _SELECTED, _LANGUAGE)}
    visit.views |= {name: value for name, value in list(views.items())[:MAX_VIEWS] if len(value) <= MAX_VIEW}


def _existing(path: str) -> str:
    return path if path in experiment().network.by_path else INPUT


def _first_layer() -> str:
    return next(iter(experiment().network.paths), INPUT)


def _first_language() -> Language:
    asked = st.query_params.get(_LANGUAGE)
    if asked in LANGUAGES:
        return asked
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"
