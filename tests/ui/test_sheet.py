"""The page as a tree: what is drawn where, and what the browser is told of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from builder.ui.components import sheet
from builder.ui.components.sheet import Node
from builder.ui.state import link, session


@pytest.fixture(autouse=True)
def somebody() -> Iterator[None]:
    before = session._here.set(link.first_visit({}, "en"))
    yield
    session._here.reset(before)


def tree(node: Node) -> object:
    """The keys of boxes and the texts in them."""
    if node.kind == "box":
        return {node.key: [tree(each) for each in node.inside]}
    return node.data["markup"]


def told(node: Node) -> Any:
    """The data of a place, as the browser gets it."""
    return json.loads(node.content)[2]


def test_what_is_drawn_goes_to_the_place_that_is_open() -> None:
    page = sheet.root()
    with page:
        sheet.html("1")
        with sheet.box("a"):
            sheet.html("2")
            with sheet.box("b"):
                sheet.html("3")
            sheet.html("4")
        later = sheet.box("c")
        sheet.html("5")
        with later:
            sheet.html("6")
    assert tree(page) == {"sheet": ["1", {"a": ["2", {"b": ["3"]}, "4"]}, {"c": ["6"]}, "5"]}
    assert [node.kind for node in page] == "box html box html box html html box html html".split()


def test_a_place_is_closed_by_what_fails_in_it() -> None:
    page = sheet.root()
    with page:
        with pytest.raises(KeyError), sheet.box("a"), sheet.box("b"):
            raise KeyError
        sheet.html("1")
    assert tree(page) == {"sheet": [{"a": [{"b": []}]}, "1"]}
    with pytest.raises(IndexError):
        sheet.html("nowhere")


def test_columns_are_places_beside_each_other() -> None:
    page = sheet.root()
    with page:
        left, right = sheet.columns(2, 1)
        sheet.html("below")
        with right:
            sheet.html("right")
        with left.box("in"):
            sheet.html("left")
    beside, below = page.inside
    assert told(beside) == {"css": "columns", "columns": "minmax(0, 2fr) minmax(0, 1fr)"}
    assert beside.inside == [left, right] and tree(left) == {"": [{"in": ["left"]}]} and tree(right) == {"": ["right"]}
    assert tree(below) == "below"


def test_a_chart_has_gaps_for_what_is_no_number() -> None:
    nan, inf = float("nan"), float("inf")
    figure = {
        "data": [{"y": [1.5, nan, (inf, -inf, 2)], "x": 0, "text": ["NaN", None, True]}],
        "layout": {"height": nan},
    }
    with sheet.root():
        chart = sheet.chart("c", figure)
    assert told(chart) == {
        "figure": {
            "data": [{"y": [1.5, None, [None, None, 2]], "x": 0, "text": ["NaN", None, True]}],
            "layout": {"height": None},
        },
        "clicks": False,
    }
    with sheet.root():
        assert told(sheet.chart("c", {}, print))["clicks"] is True


@pytest.mark.parametrize("text", ["</script><b>&amp;'\"", "\n\nx = '<b>'\n", "if x < 1:\n    print('中 </script>')"])
def test_a_program_is_highlighted_and_escaped(text: str) -> None:
    with sheet.root():
        shown = told(sheet.code(text))
    assert shown["text"] == "" and shown["copy"] == "Copy"
    tags = set(re.findall(r"<[^>]*>", shown["markup"]))
    assert all(re.fullmatch(r'<span class="\w+">|</span>', tag) for tag in tags), tags
    assert unescape(re.sub(r"<[^>]*>", "", shown["markup"])).rstrip("\n") == text.rstrip("\n")


def test_keywords_of_a_program_have_a_class() -> None:
    with sheet.root():
        assert '<span class="k">def</span>' in told(sheet.code("def f(): ..."))["markup"]


def test_another_text_to_copy_is_sent_as_it_is() -> None:
    session.speak("zh")
    with sheet.root():
        shown = told(sheet.code("https://x.test/?n=<b>", python=False))
    assert shown == {"text": "https://x.test/?n=<b>", "markup": "", "copy": "复制"}


def test_a_name_follows_from_the_content_and_from_all_inside() -> None:
    def box(key: str = "k", css: str = "c", text: str = "t") -> str:
        return Node("box", key, {"css": css}, inside=[Node("box", inside=[Node("html", data={"markup": text})])]).name

    names = [box(), box(key="x"), box(css="x"), box(text="x"), Node("details", "k", {"css": "c"}).name]
    assert box() == names[0] and len(set(names)) == len(names)


def test_a_name_does_not_follow_from_what_hears_the_place() -> None:
    assert Node("panel", "k", take=print).name == Node("panel", "k").name


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_has_no_word_for_is_null(value: float) -> None:
    assert told(Node("chart", data={"figure": {"y": [1.0, value]}})) == {"figure": {"y": [1.0, None]}}


def test_a_panel_over_the_page_opens_and_closes() -> None:
    def shown() -> Node:
        with sheet.root():
            return sheet.popover("share", "Share", "⤓")

    assert told(shown()) == {"label": "Share", "sign": "⤓", "open": False}
    take = shown().take
    assert take
    take({"open": True})
    assert told(shown())["open"] is True and not session.panel_is_open("other")
    nonsense: list[object] = [{"open": False}, {"open": 1}, {}, None, "open", [True]]
    for raw in nonsense:
        take({"open": True})
        take(raw)
        assert told(shown())["open"] is False, raw


def test_a_panel_that_was_left_open_is_closed_on_another_page() -> None:
    session.enter("build")
    session.open_panel("share", True)
    session.enter("build")
    assert session.panel_is_open("share")
    session.enter("forward")
    assert not session.panel_is_open("share")
