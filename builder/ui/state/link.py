"""What the link in the address bar says of a visit, and what a visit takes from it: all but history and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from builder.core.history import History
from builder.core.messages import LANGUAGES, Language
from builder.core.options import Refusal
from builder.formats.link import MAX_TOKEN, from_token, to_token
from builder.network.spec import INPUT
from builder.ui.state.visit import Visit
from builder.zoo.presets import PRESETS

NETWORK, SELECTED, LANGUAGE = "n", "at", "lang"  # parameters of the link; all others are views
MAX_VIEWS = 40  # that a link may name
MAX_VIEW = 20_000  # characters of one: an input of 784 numbers fits


def first_visit(link: Mapping[str, str], language: Language) -> Visit:
    """A visit that begins with what `link` says: without a network in it the tutorial's, without a language `language`."""
    experiment, notice = PRESETS["tutorial"].experiment, None
    if NETWORK in link:
        try:
            experiment = from_token(link[NETWORK])
        except Refusal as refusal:
            notice = refusal.message
    visit = Visit(History(experiment), experiment, language, published=dict(link), notice=notice)
    visit.link_held_network = NETWORK in link
    take_up(visit, {SELECTED: next(iter(experiment.network.paths), INPUT)} | _without_network(link))
    return visit


def take_up(visit: Visit, link: Mapping[str, str]) -> None:
    """Show what `link` says; what it does not speak of stays."""
    if NETWORK in link:
        try:
            visit.show(visit.history.edited(from_token(link[NETWORK])))
        except Refusal as refusal:
            visit.notice = refusal.message
    if SELECTED in link:
        visit.select(link[SELECTED])
    if link.get(LANGUAGE) in LANGUAGES:
        visit.language = cast(Language, link[LANGUAGE])
    views = {name: value for name, value in link.items() if name not in (NETWORK, SELECTED, LANGUAGE)}
    visit.views |= {name: value for name, value in list(views.items())[:MAX_VIEWS] if len(value) <= MAX_VIEW}


def of(visit: Visit) -> dict[str, str]:
    """The parameters of the link that says what `visit` shows, with the views that its page has read."""
    views = {name: value for name, value in sorted(visit.views.items()) if name in visit.views_read}
    return {NETWORK: to_token(visit.experiment), SELECTED: visit.selected, LANGUAGE: visit.language} | views


def carried(link: Mapping[str, str]) -> dict[str, str]:
    """`link` as the address bar carries it: without a network that is too long for it."""
    return dict(link) if len(link[NETWORK]) <= MAX_TOKEN else _without_network(link)


def fits(visit: Visit) -> bool:
    """Can a link carry the network? If not, only a file keeps it over a reload."""
    return len(to_token(visit.experiment)) <= MAX_TOKEN


def _without_network(link: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in link.items() if name != NETWORK}
