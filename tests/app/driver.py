"""The page in Streamlit's own test driver: it is opened, read, and touched as the browser would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from builder.formats.link import from_token, to_token
from builder.network.experiment import Experiment
from builder.zoo.presets import PRESETS

SCRIPT = str(Path(__file__).parents[2] / "builder" / "main.py")
TUTORIAL = PRESETS["tutorial"].experiment


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
    assert not page.exception, page.exception[0].message
    return page


def linked(page: AppTest) -> Experiment:
    """The experiment in the page's link."""
    return from_token(page.query_params["n"])


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def text(page: AppTest) -> str:
    """The text of all our own HTML, style sheet apart, and of all panels."""
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html(page), flags=re.S))
    said = [str(item.get(part, "")) for _, item in items(page) for part in ("text", "label", "refused")]
    return re.sub(r"\s+", " ", " ".join([unescape(bare), *said]))


def data(element: Any) -> dict[str, Any]:
    """What the page tells one of our own components."""
    told = json.loads(element.proto.json)
    return dict(json.loads(told["json"])) if "json" in told else dict(told)


def items(page: AppTest) -> Iterator[tuple[str, dict[str, Any]]]:
    """The items of all panels, with the key of each one's panel."""

    def flat(inside: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for item in inside:
            yield item
            yield from flat(item["inside"])

    for element in page.get("bidi_component"):
        for item in flat(data(element).get("items", [])):
            yield element.proto.id.rsplit("-", 1)[-1], item


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


def gesture(page: AppTest, component: str, **event: Any) -> AppTest:
    """One gesture in one of our own components."""
    return gestures(page, (component, event))


def gestures(page: AppTest, *made: tuple[str, dict[str, Any]]) -> AppTest:
    """What the browser sends for gestures in our own components that are made during one run; the test driver has no method for it."""
    elements = {element.proto.id.rsplit("-", 1)[-1]: element for element in page.get("bidi_component")}
    first = max(data(elements[component])["answered"] for component, _ in made) + 1
    states = page._tree.get_widget_states()
    for component in dict.fromkeys(component for component, _ in made):
        events = [{"n": first + n, **event} for n, (where, event) in enumerate(made) if where == component]
        report = json.dumps([{"event": "event", "value": events}])
        states.widgets.add(id=_make_trigger_id(elements[component].proto.id, "events"), json_trigger_value=report)
    page._run(states)
    assert not page.exception, page.exception[0].message
    return page


def cells(page: AppTest, name: str) -> list[str]:
    """The numbers of the vector `name`, as they are written."""
    return [cell[1] for cell in next(item for _, item in items(page) if item["name"] == name)["cells"]]
