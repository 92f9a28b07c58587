"""What one visitor is doing, asked and changed by all that is on the page; it alone touches `st.session_state`.

The experiment with its history, the selected layer, the language and the refused entries live in one `Visit`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from typing import TypeVar, cast
from urllib.parse import urlencode

import streamlit as st

from builder.core.messages import Language, Message
from builder.core.options import Refusal
from builder.network.experiment import Batch, Experiment
from builder.network.spec import INPUT, Gone, NetworkSpec
from builder.ui.state import link
from builder.ui.state.reads import read
from builder.ui.state.visit import File, Refused, Visit

Edit = Callable[[Experiment], Experiment]
Kept = TypeVar("Kept")

_VISIT = "visit"  # its place in the session state

_BACK = Message("The connection was lost and is back. The network is as its link says; undo begins anew.")
_LOST = Message(
    "The connection was lost and is back, but the network was too long for its link. If you kept it as a file, open it: see Share."
)

# This thread's visitor. Each look into `st.session_state` is a place where Streamlit breaks off a run for a newer one: a
# gesture looks there once, before it does anything, so that none is carried out by half or counted without being done.
_here: ContextVar[Visit | None] = ContextVar("visit", default=None)


def arrive(begin: Callable[[], Visit] | None = None) -> Visit:
    """Look up who this thread works for; with `begin`, which makes the visit of one who was never here."""
    if begin is not None and _VISIT not in st.session_state:
        st.session_state[_VISIT] = begin()
    visit = cast(Visit, st.session_state[_VISIT])
    _here.set(visit)
    return visit


def visit() -> Visit:
    """This thread's visitor."""
    return _here.get() or arrive()


def kept(kind: type[Kept]) -> Kept:
    """What a higher room remembers of this visitor: one object of `kind`, made when it is first asked for."""
    return cast(Kept, visit().kept.setdefault(kind, kind()))


def number() -> str:
    """Which visit this is. A page that sees another number than before was left by its server, and found a new visit."""
    return visit().number


def reconnected() -> None:
    """Say that the page began anew behind the person's back: the server was restarted, or forgot a page that slept."""
    visit().notice = _BACK if visit().link_held_network else _LOST


def entry(key: str) -> object:
    """What was entered in the widget, or reported by the component, with this key; None when there is none."""
    return st.session_state.get(key)


# ---- what is built --------------------------------------------------------------------------------------------------


@read
def experiment() -> Experiment:
    """What is on the page now."""
    return visit().experiment


@read
def network() -> NetworkSpec:
    """The network that is on the page now."""
    return visit().experiment.network


@read
def batch() -> Batch:
    """What is sent through the network now."""
    return visit().experiment.batch


@read
def before() -> Experiment:
    """What was on the page before the last change, for the difference that the change made."""
    return visit().before


def edit(
    change: Edit, field: str | None = None, entry: str = "", select: str | None = None, place: int | None = None
) -> None:
    """Make one step: apply `change`, or keep everything and remember why `entry` was refused, for `field` to show.

    Afterwards the layer at the path `select` is selected, or the one at `place` in the order of all paths.
    A change of a layer that is gone, from a second click on what the first one removed, is none.
    """
    here = visit()
    here.begin()
    try:
        here.show(here.history.edited(change(here.experiment)))
    except Gone:
        return
    except Refusal as refusal:
        if field is None:
            here.notice = refusal.message
        else:
            here.refusals = {field: Refused(entry, refusal.message)}
    else:
        if place is not None:
            select = dict(enumerate(here.experiment.network.paths)).get(place, INPUT)
        if select is not None:
            here.select(select)


def undo() -> None:
    """One step back."""
    visit().begin()
    visit().show(visit().history.undone())


def redo() -> None:
    """One step forward again."""
    visit().begin()
    visit().show(visit().history.redone())


@read
def can_undo() -> bool:
    return bool(visit().history.past)


@read
def can_redo() -> bool:
    return bool(visit().history.future)


@read
def address() -> str:
    """The link to what is on the page, as this visitor's browser reaches it."""
    return f"{st.context.url}?{urlencode(link.of(visit()))}"


@read
def fits_link() -> bool:
    """Can a link carry what is on the page? If not, only the file keeps it over a reload."""
    return link.fits(visit())


# ---- what was refused -----------------------------------------------------------------------------------------------


def refuse(field: str, entry: str, reason: Message) -> None:
    """Remember the entry in `field`, and why it could not be taken."""
    visit().begin()
    visit().refusals = {field: Refused(entry, reason)}


def withdraw(field: str) -> None:
    """Take the refused entry in `field` back: it shows again what it held before."""
    visit().begin()
    visit().refusals = {other: refused for other, refused in visit().refusals.items() if other != field}


@read
def refused(field: str) -> Refused | None:
    """The last entry in `field`, if it could not be taken."""
    return visit().refusals.get(field)


@read
def notice() -> Message | None:
    """What went wrong with the network as a whole, until the next gesture."""
    return visit().notice


def notify(message: Message) -> None:
    """Say `message` above the page, until the next gesture."""
    visit().notice = message


# ---- what is looked at ----------------------------------------------------------------------------------------------


@read
def selected() -> str:
    """The path of the selected layer; the input's if the layer is gone."""
    return visit().selected


@read
def field_prefix() -> str:
    """What the keys of the inspector's fields begin with: they stay the same while the layer is only renamed."""
    return visit().field_prefix


def select(path: str) -> None:
    """Show the layer at `path` in the inspector."""
    visit().look_elsewhere()
    visit().select(path)


def view(name: str, default: str, among: Collection[str]) -> str:
    """Which of `among` is looked at; a view is a word, since it comes from the link as from a click."""
    chosen = raw_view(name)
    return default if chosen is None or chosen not in among else chosen


@read
def raw_view(name: str) -> str | None:
    """What `choose` or the link last said for `name`, as free text. The page that reads it puts it into its link."""
    visit().views_read.add(name)
    return visit().views.get(name)


def open_panel(key: str, opened: bool) -> None:
    """Open the panel `key` over the page, or close it."""
    visit().panels = visit().panels | {key} if opened else visit().panels - {key}


@read
def panel_is_open(key: str) -> bool:
    return key in visit().panels


def offer(name: str, mime: str, content: bytes) -> None:
    """Give the browser a file to keep."""
    visit().offered = File(name, mime, content)


def offered() -> File | None:
    """The file that the browser is to keep."""
    return visit().offered


def handed_over() -> None:
    """The browser has the file."""
    visit().offered = None


def choose(name: str, value: str) -> None:
    """Look at `value` from now on."""
    visit().look_elsewhere()
    visit().views[name] = value


def navigate(page: str) -> None:
    """Open the page `page`; the network comes along."""
    visit().begin()
    visit().pending_page = page


def pending_page() -> str | None:
    """The page that a click asked for, once."""
    here = visit()
    page, here.pending_page = here.pending_page, None
    return page


def enter(page: str) -> None:
    """Say which page this run shows. What was open over another page is closed."""
    here = visit()
    if here.page != page:
        here.panels = frozenset()
    here.page = page


@read
def current_page() -> str:
    """The page that this run shows."""
    return visit().page


# ---- in which language ----------------------------------------------------------------------------------------------


@read
def language() -> Language:
    return visit().language


def speak(language: str) -> None:
    """Show the page in `language`, one of LANGUAGES, from now on."""
    visit().begin()
    visit().language = cast(Language, language)


def say(message: Message) -> str:
    """`message` in the visitor's language."""
    return message.text(language())


def say_each(messages: Mapping[str, Message]) -> dict[str, str]:
    """The labels of a list of choices, in the visitor's language."""
    here = language()
    return {name: message.text(here) for name, message in messages.items()}
