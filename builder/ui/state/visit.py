"""All that is remembered of one visitor, and how it changes; it knows neither Streamlit nor the link."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_hex

from builder.core.history import History
from builder.core.messages import Language, Message
from builder.network.experiment import Experiment
from builder.network.spec import INPUT


@dataclass(frozen=True)
class Refused:
    """An entry that could not be taken, and why; it stays in its field to be mended."""

    entry: str
    reason: Message


@dataclass
class File:
    """A file that the browser is to keep; `serial` is the page that it was first sent with."""

    name: str
    mime: str
    content: bytes
    serial: int | None = None


@dataclass
class Visit:
    """The experiment with its history, what is selected and looked at, and what was said about the last gesture."""

    history: History[Experiment]
    before: Experiment  # the last change
    language: Language
    published: dict[str, str]  # the link that the browser was last told
    selected: str = INPUT
    field_prefix: str = INPUT  # of the inspector's fields: the path that the selected layer had when it was selected
    page: str = ""
    pending_page: str | None = None  # that a click asked for
    notice: Message | None = None  # what went wrong with the network as a whole
    refusals: dict[str, Refused] = field(default_factory=dict)  # by field
    shown_refusals: dict[str, Refused] = field(default_factory=dict)  # those that a page has shown
    views: dict[str, str] = field(default_factory=dict)
    views_read: set[str] = field(default_factory=set)  # the views that a page has asked for
    number: str = field(default_factory=lambda: token_hex(8))  # for a page that outlives its visit
    link_held_network: bool = True  # did the link that it began with?
    panels: frozenset[str] = frozenset()  # those that are open over the page
    offered: File | None = None  # that a click asked for
    kept: dict[type, object] = field(default_factory=dict)  # what higher rooms remember

    @property
    def experiment(self) -> Experiment:
        """What is on the page now."""
        return self.history.present

    def select(self, path: str) -> None:
        """Select the layer at `path`; the input if there is none."""
        self.selected = self.field_prefix = path if path in self.experiment.network.by_path else INPUT

    def show(self, history: History[Experiment]) -> None:
        """Show another present. Where the selected layer is gone (removed, renamed), what stands in its place is selected."""
        before, self.refusals = self.experiment, {}
        if history.present != before:
            self.before = before
        self.history = history
        paths, old = self.experiment.network.paths, before.network.paths
        if self.selected in paths:
            return
        place = old.index(self.selected) if self.selected in old else -1
        self.selected = paths[min(place, len(paths) - 1)] if paths and place >= 0 else INPUT
        if len(paths) != len(old) or paths[:place] != old[:place]:
            self.field_prefix = self.selected  # another layer; a renamed one keeps its fields, and with them the focus

    def begin(self) -> None:
        """Every gesture begins so: what was said about the last one has been read."""
        self.notice = None

    def look_elsewhere(self) -> None:
        """A gesture that looks elsewhere begins so. An entry that this very click sent off and that was refused is said above."""
        unseen = {} if self.refusals is self.shown_refusals else self.refusals
        self.notice = next((refused.reason for refused in unseen.values()), None)
        self.refusals = {}
