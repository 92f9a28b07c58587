"""A visit without Streamlit: any page of it is drawn, and what can be done there is reported as a browser would."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from builder.analysis.memory import NUMBER_TYPES, OPTIMISERS
from builder.core.history import History
from builder.formats.link import to_file
from builder.layers.blocks import Block
from builder.network.experiment import Experiment
from builder.network.spec import INPUT
from builder.teaching.exercises import MAX_SEED
from builder.teaching.lesson import LESSONS
from builder.ui.components import sheet
from builder.ui.components.sheet import Node
from builder.ui.pages import build, compare, forward, initialise, learn
from builder.ui.parts import editor, memory_view, network, numbers
from builder.ui.state import link, opened, session
from builder.ui.state.heavy import Waiting
from builder.ui.state.visit import Visit

PAGES = {"build": build, "forward": forward, "initialise": initialise, "learn": learn}
CHOICES: dict[str, Any] = {
    "lang": ["en", "zh"],
    numbers.VIEW: numbers.VIEWS,
    "form": numbers.FORMS,
    "extent": numbers.EXTENTS,
    memory_view.NUMBERS: NUMBER_TYPES,
    memory_view.OPTIMISER: OPTIMISERS,
    network.VIEW: network.VIEWS,
    network.ROW: ["0", "1"],
    initialise.VIEW: initialise.VIEWS,
    compare.ASPECT: compare.LABELS,
    learn.STEP: [lesson.key for lesson in LESSONS],
    learn.SEED: ["0", "7", str(MAX_SEED)],
    "map_work": ["off"],  # what takes minutes is looked at as far as it is found
    "seeds_work": ["off"],
}
PANELS = ["share", "download_drawing"]  # that open over a page
TYPED = ["0", "1", "3", "-1", "2.5", "1e30", "nan", "x", "", "9" * 5000]

Take = Callable[[object], None]


class Touched:
    """What can be done on the page that was drawn last: the reports that its parts may send."""

    def __init__(self) -> None:
        self.reports: list[tuple[Take, dict[str, object]]] = []

    def look(self, page: Node) -> None:
        """Note what a browser could send, and hold that what it is told is JSON for a browser."""
        self.reports.clear()
        for node in page:
            told = json.loads(node.content)[2]
            pieces = {name: value for each in node.inside if each.kind == "piece" for name, value in each.data.items()}
            if node.take:
                self._part(node.kind, {**told, **pieces}, [dict(each.data) for each in node.inside], node.take)

    def _part(self, kind: str, data: Mapping[str, Any], inside: list[dict[str, Any]], take: Take) -> None:
        match kind:
            case "layer_list":
                self._list(data, take)
            case "drawing":
                kinds, paths = ("select", "insert", "toggle"), data["nodes"].values()
                self.reports += [(take, {"type": kind, "path": path}) for kind in kinds for path in paths]
            case "row_table":
                self.reports += [(take, {"type": "select", "path": row["path"]}) for row in data["rows"]]
            case "popover":
                self.reports += [(take, {"open": True}), (take, {"open": False})]
            case "chart":
                self.reports += [
                    (take, {"point": point})
                    for trace in data["figure"]["data"]
                    for point in trace.get("customdata", [])
                ]
            case _:
                assert kind == "panel"
                self._panel(inside, take)

    def _list(self, data: Mapping[str, Any], take: Take) -> None:
        paths = [row["path"] for row in data["rows"]]
        for path in paths:
            for kind in ("select", "remove", "duplicate", "unwrap", "toggle"):
                self.reports.append((take, {"type": kind, "path": path, "others": []}))
            for kind in editor.WRAPPING:
                self.reports.append((take, {"type": "wrap", "path": path, "others": [], "kind": kind}))
            for to in (0, len(paths)):
                self.reports.append((take, {"type": "move", "path": path, "to": to, "depth": to % 2}))

    def _panel(self, items: list[dict[str, Any]], take: Take) -> None:
        for item in items:
            self._panel(item["inside"], take)
            values: list[Any] = []
            match item["type"]:
                case "button":
                    values = [True]
                case "switch":
                    values = [True, False]
                case "number" | "word" | "slider":
                    values = TYPED
                case "cells":
                    values = [str(index) for index, *_ in item["cells"] if index is not None][:9]
                case "file":
                    values = ["", "{}", to_file(session.experiment())]
                case "plane":
                    values = ["0.5 -0.5"]
                case _ if "of" in item:
                    values = [word for word, _ in item["of"]]
            self.reports += [(take, {"name": item["name"], "value": value}) for value in values]


@contextmanager
def no_fault_is_caught() -> Iterator[None]:
    """What a page would say a sentence about is raised instead."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builder.ui.state.faults.log", _raise)
        patch.setattr(compare, "SEEDS", 3)  # more would be the same, and take its time
        logging.disable(logging.WARNING)
        yield
        logging.disable(logging.NOTSET)
        session._here.set(None)


def _raise(what: str) -> NoReturn:
    raise


def visited(data: DataObject, experiment: Experiment) -> Visit:
    """A visit that looks at anything of `experiment`."""
    views = {name: data.draw(st.sampled_from(list(among)), label=name) for name, among in CHOICES.items()}
    paths = [INPUT, *experiment.network.paths]
    blocks = [path for path, layer in experiment.network.by_path.items() if isinstance(layer, Block)]
    views[opened.OPEN] = ",".join(f"-{path}" for path in blocks if data.draw(st.booleans()))
    at = data.draw(st.sampled_from(paths), label="at")
    visit = link.first_visit(views, "en")
    visit.history = History(experiment)  # a link might be too short for it
    visit.select(at)
    visit.panels = frozenset(panel for panel in PANELS if data.draw(st.booleans(), label=panel))
    return arrived(visit)


def arrived(visit: Visit) -> Visit:
    """`visit`, which is now the one that works here."""
    session._here.set(visit)
    return visit


def drawn(name: str) -> Node:
    """The page `name`, as the visit shows it, drawn again until nothing on it waits for an answer."""
    session.enter(name)
    page, waiting = sheet.root(), session.kept(Waiting)
    waiting.on = False
    with page:
        PAGES[name].page()
    return drawn(name) if waiting.on else page
