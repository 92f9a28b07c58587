"""The page in Streamlit's own test driver: it is opened, read, and touched as the browser would."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from builder.formats.link import from_token, to_token
from builder.network.experiment import Experiment
from builder.zoo.presets import PRESETS

SCRIPT = str(Path(__file__).parents[2] / "builder" / "main.py")
REPORT = ("chart", "popover", "panel", "layer_list", "drawing", "row_table")  # by their keys
TUTORIAL = PRESETS["tutorial"].experiment


@dataclass(frozen=True)
class Place:
    """A place on the page, as the browser knows it."""

    kind: str
    key: str
    data: dict[str, Any]


@dataclass
class Browser:
    """What the browser of a page remembers: it is sent nothing twice."""

    contents: dict[str, list[Any]] = field(default_factory=dict)
    seen: int = 0  # the newest page that was looked at


_browsers: WeakKeyDictionary[AppTest, Browser] = WeakKeyDictionary()


def opened(link: Experiment | str | None = None, /, at_page: str = "build", **query: str) -> AppTest:
    page = AppTest.from_file(SCRIPT, default_timeout=60)
    if link is not None:
        page.query_params["n"] = link if isinstance(link, str) else to_token(link)
    for name, value in query.items():
        page.query_params[name] = value
    if at_page != "build":
        page.switch_page(f"../pages/{at_page}.py")
    return run(page)


def run(page: AppTest) -> AppTest:
    page.run()
    return _answered(page)


def linked(page: AppTest) -> Experiment:
    """The experiment in the page's link."""
    return from_token(page.query_params["n"])


def told(page: AppTest) -> dict[str, Any]:
    """What the browser was told last: the whole page, and those of its contents that it did not have."""
    (element,) = page.get("bidi_component")
    told: dict[str, Any] = json.loads(element.proto.bytes)
    browser = _browsers.setdefault(page, Browser())
    browser.contents |= told["contents"]
    browser.seen = told["serial"]
    return told


def places(page: AppTest, kind: str = "") -> list[Place]:
    """All places on the page, or those of one kind, from top to bottom."""
    root, contents = told(page)["page"], _browsers[page].contents

    def flat(name: str) -> Iterator[Place]:
        its_kind, key, data, inside = contents[name]
        parts = [contents[each] for each in inside]
        items = [each[2] for each in parts if each[0] == "item"]
        pieces = {name: value for each in parts if each[0] == "piece" for name, value in each[2].items()}
        yield Place(its_kind, key, {**data, **pieces, "items": items})
        for each in inside:
            if contents[each][0] not in ("item", "piece"):
                yield from flat(each)

    found = list(flat(root))
    keys = [place.key for place in found if place.kind in REPORT]
    assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)
    return [place for place in found if kind in ("", place.kind)]


def html(page: AppTest) -> str:
    """The markup of all texts and programs."""
    shown = [place.data for place in places(page) if place.kind in ("html", "code")]
    return "\n".join(each["markup"] or escape(each["text"]) for each in shown)


def text(page: AppTest) -> str:
    """All that is written on the page: in texts, programs and panels."""
    bare = re.sub(r"<[^>]+>", " ", html(page))
    said = [str(item.get(part, "")) for _, item in items(page) for part in ("text", "label", "refused")]
    return re.sub(r"\s+", " ", " ".join([unescape(bare), *said]))


def codes(page: AppTest) -> list[str]:
    """The programs and other texts to be copied, as they are copied."""
    return [
        place.data["text"] or unescape(re.sub(r"<[^>]+>", "", place.data["markup"])) for place in places(page, "code")
    ]


def charts(page: AppTest) -> dict[str, dict[str, Any]]:
    """Plotly's figures, by their keys."""
    return {place.key: place.data["figure"] for place in places(page, "chart")}


def file(page: AppTest) -> tuple[str, str, bytes] | None:
    """The name, the type and the content of the file that the browser is given to keep."""
    given = told(page)["file"]
    return given and (given["name"], given["mime"], b64decode(given["base64"]))


def data(page: AppTest, key: str) -> dict[str, Any]:
    """What the page tells the place `key`."""
    return next(place.data for place in places(page) if place.key == key)


def items(page: AppTest) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of all panels, with the key of each one's panel."""

    def flat(inside: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for item in inside:
            yield item
            yield from flat(item["inside"])

    for place in places(page, "panel"):
        for item in flat(place.data["items"]):
            yield place.key, item


def value(page: AppTest, name: str) -> Any:
    """What the field `name` shows."""
    return next(item["value"] for _, item in items(page) if item["name"] == name)


def enter(page: AppTest, name: str, value: Any) -> AppTest:
    """Enter `value` in the field `name` of whatever panel."""
    panel = next(panel for panel, item in items(page) if item["name"] == name)
    return gesture(page, panel, name=name, value=value)


def press(page: AppTest, name: str) -> AppTest:
    """Press the button `name` of whatever panel."""
    return enter(page, name, True)


def waited(page: AppTest) -> AppTest:
    """`page` when its long work is done: a button that is not seen presses itself as long as there is some."""
    while _waits(page):
        press(page, "on")
    return page


def _waits(page: AppTest) -> bool:
    return any(item["name"] == "on" and item["hidden"] for _, item in items(page))


def _answered(page: AppTest) -> AppTest:
    """`page` when all on it has its answer, but for long work that shows how far it is."""
    assert not page.exception, page.exception[0].message
    while _waits(page) and "<progress" not in html(page):
        _report(page, _numbered(page, ("waiting", {"name": "on", "value": True})))
        assert not page.exception, page.exception[0].message
    return page


def gesture(page: AppTest, part: str, **event: Any) -> AppTest:
    """One gesture in a part of the page."""
    return gestures(page, (part, event))


def gestures(page: AppTest, *made: tuple[str, dict[str, Any]]) -> AppTest:
    """What the browser sends for gestures that are made during one run; the test driver has no method for it."""
    assert {place.key for place in places(page)} >= {part for part, _ in made}
    return reported(page, _numbered(page, *made))


def _numbered(page: AppTest, *made: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    first, seen = told(page)["answered"] + 1, _browsers[page].seen
    return [{"n": first + n, "part": part, "seen": seen, **event} for n, (part, event) in enumerate(made)]


def reported(page: AppTest, reports: object) -> AppTest:
    """What the browser says, whatever it is."""
    _report(page, reports)
    return _answered(page)


def _report(page: AppTest, reports: object) -> None:
    (element,) = page.get("bidi_component")
    states = page._tree.get_widget_states()
    report = json.dumps([{"event": "event", "value": reports}])
    states.widgets.add(id=_make_trigger_id(element.proto.id, "events"), json_trigger_value=report)
    page._run(states)


def cells(page: AppTest, name: str) -> list[str]:
    """The numbers of the vector `name`, as they are written."""
    return [cell[1] for cell in next(item for _, item in items(page) if item["name"] == name)["cells"]]
