"""What the components believe of a browser, and what they let into a page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, get_args

import graphviz
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from builder.drawing.boxes import INPUT_NODE
from builder.drawing.svg import safe_svg
from builder.ui.components import assets, channel, drawing, layer_list, panel, pictures, wire
from builder.ui.components.wire import Event
from tests.app.driver import data, run

PATHS = ["", "linear1", "relu1", "out"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["move", "select", "size", "kind", *PATHS]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["type", "path", "to", "n", "name", "value"]) | st.text(), inner)
    ),
)


@pytest.mark.parametrize(
    ("raw", "event"),
    [
        ({"type": "select", "path": "relu1"}, Event("select", "relu1")),
        ({"type": "select", "path": ""}, Event("select", "")),
        ({"type": "remove", "path": "out"}, Event("remove", "out")),
        ({"type": "duplicate", "path": "linear1"}, Event("duplicate", "linear1")),
        ({"type": "move", "path": "linear1", "to": 2}, Event("move", "linear1", 2)),
        ({"type": "move", "path": "out", "to": 0, "n": 7}, Event("move", "out", 0)),
        ({"type": "select", "path": "out", "to": 1}, Event("select", "out")),
    ],
)
def test_a_gesture_of_the_list_is_understood(raw: object, event: Event) -> None:
    assert layer_list.parse_event(raw, PATHS) == event


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "select",
        [],
        {},
        {"type": "select"},
        {"type": "select", "path": "gone"},
        {"type": "select", "path": ["out"]},
        {"type": ["select"], "path": "out"},
        {"type": "drop table", "path": "out"},
        {"type": "insert", "path": "out"},
        {"type": "remove", "path": ""},
        {"type": "duplicate", "path": ""},
        {"type": "move", "path": "", "to": 1},
        {"type": "move", "path": "out"},
        {"type": "move", "path": "out", "to": 3},
        {"type": "move", "path": "out", "to": -1},
        {"type": "move", "path": "out", "to": 1.0},
        {"type": "move", "path": "out", "to": True},
        {"type": "move", "path": "out", "to": "1"},
    ],
)
def test_anything_else_is_no_gesture_of_the_list(raw: object) -> None:
    assert layer_list.parse_event(raw, PATHS) is None


def test_the_drawing_reports_selections_and_insertions_only() -> None:
    assert drawing.parse_event({"type": "select", "path": "out"}, PATHS) == Event("select", "out")
    assert drawing.parse_event({"type": "insert", "path": ""}, PATHS) == Event("insert", "")
    assert drawing.parse_event({"type": "remove", "path": "out"}, PATHS) is None
    assert drawing.parse_event({"type": "insert", "path": "gone"}, PATHS) is None
    assert drawing.parse_event({"type": "insert", "path": "out"}, PATHS, inserts=False) is None
    assert drawing.parse_event({"type": "select", "path": "out"}, PATHS, inserts=False) == Event("select", "out")


def test_the_tips_that_go_to_the_browser_are_bounded() -> None:
    tips = {f"neuron {n}": "x" * 1000 for n in range(1000)}
    sent = drawing.bounded(tips)
    assert drawing.MAX_TIPS - 2000 < sum(len(title) + len(tip) for title, tip in sent.items()) <= drawing.MAX_TIPS
    assert list(sent) == list(tips)[: len(sent)]
    assert drawing.bounded({"a": "1", "b": "2"}) == {"a": "1", "b": "2"}


NAMED = {
    item.name: item
    for item in [
        panel.button("undo", "Undo", print),
        panel.number("size", "Size", "3", print),
        panel.switch("bias", "Bias", True, print),
        panel.choice("kind", "Kind", "a", {"a": "A", "": "none"}, print),
        panel.file("file", "Open", ".json", print),
        pictures.cells("cells", "Numbers", [(0, "1.00", 1.0, "1"), (None, "…", 0.0, "")], 0, print),
        pictures.plane("plane", "Plane", pictures.Plane(1, b"\0", "#0072b2", 3.0, 0.0, 0.0, "x1", "x2"), print),
    ]
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("undo", True),
        ("size", "3"),
        ("size", "nonsense"),
        ("size", ""),
        ("bias", False),
        ("kind", "a"),
        ("kind", ""),
        ("file", "{}"),
    ],
)
def test_an_entry_in_a_panel_is_understood(name: str, value: object) -> None:
    assert panel.parse_event({"n": 1, "name": name, "value": value}, NAMED) == (NAMED[name], value)


@pytest.mark.parametrize(
    "raw",
    [
        {"name": "format", "value": True},
        {"name": ["undo"], "value": True},
        {"name": "size"},
        {"name": "size", "value": 3},
        {"name": "size", "value": "9" * (panel.MAX_ENTRY + 1)},
        {"name": "file", "value": None},
        {"name": "file", "value": {"name": "x"}},
        {"name": "file", "value": "9" * (panel.MAX_FILE + 1)},
        {"name": "bias", "value": 1},
        {"name": "kind", "value": "b"},
        {"name": "kind", "value": ["a"]},
        {"name": "cells", "value": "1"},
        {"name": "cells", "value": ["0"]},
        {"name": "cells", "value": "None"},
        {"name": "plane", "value": "9 0"},
        {"name": "plane", "value": "nan nan"},
        {"name": "plane", "value": "1 2 3"},
        {"name": "plane", "value": {}},
    ],
)
def test_anything_else_is_no_entry_in_a_panel(raw: object) -> None:
    assert panel.parse_event(raw, NAMED) is None


EVERY = [
    *NAMED.values(),
    panel.brand(),
    panel.heading("Head"),
    panel.line(panel.card([("words", "small")]), panel.space()),
    panel.word("word", "Word", "x", print),
    panel.slider("slider", "Slider", "1", print, min=0, max=2, step=0.1),
    panel.action("action", "Action", {"a": "A"}, print),
    panel.view("view", "View", "a", {"a": "A"}, print),
    panel.pages("pages", "Pages", "a", {"a": "A"}, print, first="a"),
    pictures.phrase([("words", "data")]),
]


@pytest.mark.skipif(not shutil.which("node") and "CI" not in os.environ, reason="no Node on this machine")
def test_the_types_of_items_are_those_that_the_browser_knows() -> None:
    script = "import { KINDS } from './panel.js'; console.log(JSON.stringify(Object.keys(KINDS)))"
    command = ["node", "--input-type=module", "--eval", script]
    known = json.loads(subprocess.run(command, cwd=assets.FOLDER, capture_output=True, check=True).stdout)
    assert sorted(known) == sorted(get_args(panel.Type)) == sorted({item.type for item in panel.flattened(EVERY)})


def test_what_is_inside_a_line_or_a_card_belongs_to_the_panel() -> None:
    inner = panel.button("inner", "Inner", print)
    sent = panel.line(panel.card([("words", "small")]), inner).sent()
    assert list(panel.flattened([panel.line(inner)]))[1] is inner
    assert [item["type"] for item in sent["inside"]] == ["card", "button"]  # type: ignore[attr-defined]


@given(JSON)
def test_no_report_of_a_browser_is_an_exception(raw: Any) -> None:
    for event in (layer_list.parse_event(raw, PATHS), drawing.parse_event(raw, PATHS)):
        assert event is None or event.path in PATHS
    assert panel.parse_event(raw, NAMED) is None or raw["name"] in NAMED
    assert all(0 < number < channel.NEWEST for number, _ in channel.unanswered(raw, 0))


def test_each_event_is_dealt_with_once_and_in_order() -> None:
    report = [{"n": 4, "type": "select"}, {"n": 5, "type": "remove"}, {"n": 9, "type": "move"}]
    assert [number for number, _ in channel.unanswered(report, 0)] == [4, 5, 9]
    assert [number for number, _ in channel.unanswered(report, 4)] == [5, 9]
    assert list(channel.unanswered(report, 9)) == []


@pytest.mark.parametrize("raw", [None, {}, "x", [1], [{"n": True}], [{"n": 1.5}], [{"n": -1}], [{"n": 2**60}], [{}]])
def test_a_report_without_proper_numbers_is_ignored(raw: object) -> None:
    assert list(channel.unanswered(raw, 0)) == []


@pytest.mark.parametrize("color", ["red", "#12345", "#1234567", "#0072b2;}", "url(x)", "#0072bg", "#0072b2\n"])
def test_only_plain_colours_become_styles(color: str) -> None:
    with pytest.raises(ValueError, match="must look like #0072b2"):
        wire.checked_colors({"dense": color})


def _svg(inside: str, attributes: str = "") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>{inside}</svg>'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<!-- x --><script><g>alert(1)</g></script>",
        '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
        "<foreignObject><iframe/></foreignObject>",
        '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        '<image href="https://example.org/x.png"/>',
        '<use xlink:href="https://example.org/x.svg#a"/>',
        "<style>@import url(https://example.org)</style>",
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onclick" to="alert(1)"/>',
        '<html:img xmlns:html="http://www.w3.org/1999/xhtml" src="x"/>',
        "<!-- <script> --><?php x ?>",
    ],
)
def test_what_is_not_a_drawing_is_dropped(inside: str) -> None:
    safe = safe_svg(_svg(f'{inside}<path d="M0 0h1"/>'))
    assert safe == '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1" /></svg>'


@pytest.mark.parametrize(
    "attribute",
    [
        'onclick="alert(1)"',
        'onload="alert(1)"',
        'href="javascript:alert(1)"',
        'xlink:href="https://example.org"',
        'style="background:url(https://example.org)"',
        'fill="url(https://example.org#a)"',
        'fill="URL( https://example.org )"',
        'tabindex="1"',
        'data-path="x"',
    ],
)
def test_attributes_that_act_or_point_outside_are_dropped(attribute: str) -> None:
    assert safe_svg(_svg("", attribute)) == '<svg xmlns="http://www.w3.org/2000/svg" />'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html/>",
        "<svg",
        "<svg/>",
        '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        '<svg xmlns="http://www.w3.org/2000/svg">&undeclared;</svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"><!DOCTYPE svg></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"></svg><script/>',
        '<svg xmlns="urn:other"/>',
    ],
)
def test_what_is_not_an_svg_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an SVG"):
        safe_svg(text)


def test_a_drawing_of_graphviz_passes_whole() -> None:
    dot = graphviz.Digraph("network")
    dot.node(INPUT_NODE, "输入 <b> & “x”", _attributes={"class": "node family-input"}, color="#6b7280", style="filled")
    dot.node(
        "linear1",
        "linear1\\n3 → 3",
        _attributes={"class": "node family-dense failing"},
        style="filled",
        fillcolor="#d1e6f1:#ffffff",
    )
    dot.edge(INPUT_NODE, "linear1")
    raw = dot.pipe(format="svg", encoding="utf-8")
    safe = safe_svg(raw)
    assert safe.startswith("<svg xmlns=") and safe_svg(safe) == safe
    for part in (
        "<title>input layer-&gt;linear1</title>",
        "family-dense failing",
        "输入 &lt;b&gt; &amp; “x”",
        "3 → 3",
        "viewBox",
        'fill="url(#',
    ):
        assert part in safe, part
    assert safe.count("<path") == raw.count("<path") and safe.count("<polygon") == raw.count("<polygon")


def _page() -> None:
    from builder.core.palette import FAMILY_COLORS
    from builder.drawing.svg import safe_svg
    from builder.ui.components import channel, sheet
    from builder.ui.components import drawing as drawings
    from builder.ui.components import layer_list as lists
    from builder.ui.state import run

    run.start()
    page = sheet.root()
    words = lists.Labels(*["{name}"] * 17)
    rows = [
        lists.Row("", "Input", "", "3", "–", 0.0, "input", fixed=True),
        lists.Row("a", "<b>", "Linear", "3 → 3", "12", 1.0, "dense"),
    ]
    with page:
        lists.layer_list(
            lists.rows_piece(rows),
            lists.words_piece(words, FAMILY_COLORS, {}, "18rem"),
            selected="a",
            key="list",
            wraps=(),
            paths=list,
            on_event=print,
        )
        shown = drawings.Drawing(
            safe_svg('<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>'),
            nodes={"input layer": "", "a": "a"},
            blocks={"a": False},
            tips={"a": "12"},
            label="Drawing",
            description="One layer.",
            labels=drawings.Labels("+", "-", "fit", "{name}", "open {name}", "close {name}"),
            inserts=True,
            height="18rem",
        )
        drawings.drawing(shown, selected="", key="net", on_select=print, on_insert=print, on_toggle=print)
    channel.send(page)


def test_both_parts_are_shown_with_their_data() -> None:
    page = run(AppTest.from_function(_page, default_timeout=30))
    rows, drawn = data(page, "list"), data(page, "net")
    assert [row["title"] for row in rows["rows"]] == ["Input", "<b>"] and rows["selected"] == "a"
    assert drawn["svg"] == '<svg xmlns="http://www.w3.org/2000/svg" />' and drawn["inserts"] is True
    assert drawn["nodes"] == {INPUT_NODE: "", "a": "a"} and drawn["tips"] == {"a": "12"}
