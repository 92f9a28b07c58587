"""The bar at the top: the name, the networks to start from, undo and redo, the language."""

from __future__ import annotations

from builder.core.messages import LANGUAGE_TAGS, Language, Message
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.ui.components import panel, sheet
from builder.ui.components.panel import Item, button
from builder.ui.parts import fields, markup, notice, sharing
from builder.ui.parts.boundary import part
from builder.ui.parts.navigation import FIRST, PAGES
from builder.ui.state import learning, session
from builder.ui.state.plans import planned
from builder.zoo.presets import PRESETS

_BY_TEXT = {preset.experiment.network.text: key for key, preset in PRESETS.items()}
LANGUAGE_NAMES: dict[Language, str] = {"en": "EN", "zh": "中文"}  # each in its own language


def show() -> None:
    """Draw the bar, and below it what went wrong with the network as a whole."""
    bar = sheet.box("bar", "bar")
    part(bar.box("head_place"), _head_bar)
    part(bar.box("share_place"), sharing.show)
    part(bar.box("language_place"), _language_bar)
    if not session.fits_link():
        lost = Message("This network is too long for a link, so a reload would lose it. Keep it as a file: see Share.")
        notice.show(lost)
    if planned(session.network()).learned:
        _say_learned()
    if refused := session.notice():
        sheet.html(markup.text("p", session.say(refused), "refusal", role="alert"))


def _say_learned() -> None:
    said = Message(
        "What you see are the weights that training came to, at step {n}; a program and a link hold those it starts from.",
        n=learning.step_seen(),
    )
    back = button(
        "drawn",
        session.say(Message("Show the drawn weights")),
        lambda: session.choose(learning.EVERYWHERE, "off"),
        small=True,
    )
    panel.panel([panel.line(panel.text(session.say(said), "notice", "status"), back)], key="learned")


def _head_bar() -> None:
    panel.panel(_head(), key="head", layout="bar")


def _language_bar() -> None:
    panel.panel([_languages()], key="languages", layout="bar")


def _head() -> list[Item]:
    """The name, the pages, what the network is for, the networks to start from, undo and redo."""
    current = _current()
    own = Message("A network of your own; the link in the address bar holds it.")
    purpose = PRESETS[current].purpose if current else own
    said = panel.text(session.say(purpose), "purpose")
    return [panel.brand(), _pages(), said, _presets(current), _undo(), _redo()]


def _pages() -> Item:
    label, here = session.say(Message("Pages")), session.current_page()
    return panel.pages("page", label, here, session.say_each(PAGES), session.navigate, first=FIRST)


def _presets(current: str | None) -> Item:
    labels = {key: preset.label for key, preset in PRESETS.items()}
    own = Message("Your own network")
    under = {key: preset.heading for key, preset in PRESETS.items()}
    label = Message("Network")
    return fields.choice(
        "preset", label, current, labels, _start_from, placeholder=own, bare=True, width="15rem", groups=under
    )


def _languages() -> Item:
    label = session.say(Message("Language"))
    names = {str(language): name for language, name in LANGUAGE_NAMES.items()}
    return panel.view(
        "language",
        label,
        session.language(),
        names,
        session.speak,
        tags={str(name): tag for name, tag in LANGUAGE_TAGS.items()},
    )


def _undo() -> Item:
    label = session.say(Message("Undo"))
    return button("undo", label, session.undo, sign="↶", shortcut="z", disabled=not session.can_undo())


def _redo() -> Item:
    label = session.say(Message("Redo"))
    return button("redo", label, session.redo, sign="↷", shortcut="shift+z", disabled=not session.can_redo())


def _start_from(experiment: Experiment, preset: str) -> Experiment:
    """With the preset's network. The batch stays as it is, unless the network can live only with its own smaller one."""
    start = PRESETS[preset].experiment
    plan, changed = make_plan(start.network), experiment.with_network(start.network)
    smaller = plan.fits_budget(start.batch.rows) and not plan.fits_budget(experiment.batch.rows)
    return changed.with_batch(start.batch) if smaller else changed


def _current() -> str | None:
    """The preset that is on the page unchanged, if one is."""
    return _BY_TEXT.get(session.network().text)
