"""The parts of a page by themselves: each in a real browser, on a page that holds nothing else, with no server behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from builder.core.palette import FAMILY_COLORS
from builder.ui.components import assets, drawing, layer_list, panel, sheet
from builder.ui.components.channel import NEWEST
from builder.ui.components.sheet import Node

SITE = "http://parts.test"
MOUNT = """async ([loader, html, page]) => {
  document.body.innerHTML = html;
  const { default: run } = await import(URL.createObjectURL(new Blob([loader], { type: 'text/javascript' })));
  const setTriggerValue = (_, reports) => { window.reports = reports; };
  window.reports = [];
  window.draw = page => run({ parentElement: document.body, data: new TextEncoder().encode(JSON.stringify(page)), setTriggerValue });
  await window.draw(page);
}"""
KEY = "init => document.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, composed: true, ...init }))"

Mount = Callable[..., Page]


def told(root: Node, answered: int = 0) -> dict[str, Any]:
    """What the browser is told of a page, when `answered` is the newest report that was carried out."""
    contents = {node.name: json.loads(node.content) for node in root}
    head = {"visit": "1", "serial": 1, "answered": answered, "file": None}
    return {**head, "page": root.name, "contents": contents}


def holding(kind: sheet.Kind, data: dict[str, Any], answered: int = 0) -> dict[str, Any]:
    """The same of a page with one part."""
    root = sheet.root()
    root.put(Node(kind, "alone", data))
    return told(root, answered)


@pytest.fixture
def mount(page: Page) -> Mount:
    """`mount("panel", data)` shows that part, `mount(root)` a page. Nothing answers it: all it reports is there to be read."""

    def answer(route: Route) -> None:
        file = assets.FOLDER / Path(route.request.url).name
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(body="<!doctype html><body style='margin: 0'>", content_type="text/html")

    def show(what: sheet.Kind | Node, data: dict[str, Any] | None = None) -> Page:
        page.goto(SITE)
        shown = told(what) if isinstance(what, Node) else holding(what, data or {})
        page.evaluate(MOUNT, [assets.loader("sheet"), assets.page(), shown])
        return page

    page.route(f"{SITE}/**", answer)
    return show


def draw(page: Page, shown: dict[str, Any]) -> None:
    """The server sends another page."""
    page.evaluate("shown => window.draw(shown)", shown)


def reports(page: Page) -> list[dict[str, Any]]:
    """What the part has reported, without what every report has."""
    every = {"n", "part", "seen"}
    reported: list[dict[str, Any]] = page.evaluate("window.reports")
    assert all(every <= report.keys() and report["part"] == "alone" and report["seen"] == 1 for report in reported)
    return [{key: value for key, value in report.items() if key not in every} for report in reported]


def test_what_a_page_imports_is_asked_for_at_once(mount: Mount) -> None:
    page = mount("drawing", DRAWING)
    files = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name.split('/').pop())")
    fetched = [file.removesuffix(".js") for file in files if file.endswith(".js")]
    assert sorted(fetched) == sorted(assets.needed("sheet"))
    assert fetched[0] == "sheet" and {"svg", "wire", "pointer", "drawing"} <= set(fetched)


# ---- the page -------------------------------------------------------------------------------------------------------


def field_below(*above: str) -> Node:
    """A page with texts, and below them a field in a box that scrolls."""
    root = sheet.root()
    for words in above:
        root.put(Node("html", data={"markup": f"<p>{words}</p>"}))
    low = root.box(css="low").box()
    low.put(Node("panel", "alone", form(neurons())))
    low.put(Node("html", data={"markup": "<p style='height: 3000px'>below</p>"}))
    return root


def test_what_comes_and_goes_above_leaves_the_focus_and_what_is_scrolled_alone(mount: Mount) -> None:
    page = mount(field_below("bar"))
    page.add_style_tag(content=".low { height: 200px; overflow: auto }")
    field = page.get_by_role("spinbutton")
    field.focus()
    low = page.locator(".low")
    low.evaluate("low => { low.scrollTop = 20; }")
    for above in (["bar", "a notice"], ["bar"], ["a notice", "bar", "another"], []):
        draw(page, told(field_below(*above)))
        expect(page.locator("p")).to_have_text([*above, "below"])
        expect(field).to_be_focused()
        assert low.evaluate("low => low.scrollTop") == 20


def with_panel(*, opened: bool) -> Node:
    root = sheet.root()
    share = root.put(Node("popover", "alone", {"label": "Share", "sign": "", "open": opened}))
    if opened:
        share.put(Node("html", data={"markup": "<p>inside</p>"}))
    return root


def test_a_panel_stays_open_when_an_answer_to_what_was_done_before_comes(mount: Mount) -> None:
    page = mount(with_panel(opened=False))
    dialog = page.get_by_role("dialog", name="Share")
    page.get_by_role("button", name="Share").click()
    expect(dialog).to_be_visible()
    assert reports(page) == [{"open": True}]
    draw(page, told(with_panel(opened=False)))
    expect(dialog).to_be_visible()
    draw(page, told(with_panel(opened=True), answered=NEWEST - 1))
    expect(dialog).to_have_text("inside")
    page.keyboard.press("Escape")
    draw(page, told(with_panel(opened=True)))
    expect(dialog).to_have_count(0)
    draw(page, told(with_panel(opened=False), answered=NEWEST - 1))
    expect(page.get_by_text("inside")).to_have_count(0)


def test_a_panel_that_was_opened_in_vain_is_closed(mount: Mount) -> None:
    page = mount(with_panel(opened=False))
    page.get_by_role("button", name="Share").click()
    draw(page, told(with_panel(opened=False), answered=NEWEST - 1))
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert reports(page) == [{"open": True}]


# ---- a panel --------------------------------------------------------------------------------------------------------


def form(*items: panel.Item) -> dict[str, Any]:
    return {"layout": "form", "items": [item.sent() for item in items]}


def neurons() -> panel.Item:
    return panel.number("neurons", "Neurons", "3", print)


UNDO = panel.button("undo", "Undo", print, shortcut="z")
REDO = panel.button("redo", "Redo", print, shortcut="shift+z")


@pytest.mark.parametrize("letter", ["z", "я", "ζ"])
def test_shortcuts_are_heard_on_every_keyboard(mount: Mount, letter: str) -> None:
    page = mount("panel", form(UNDO, REDO))
    page.evaluate(KEY, {"key": letter, "code": "KeyZ", "ctrlKey": True})
    page.evaluate(KEY, {"key": letter.upper(), "code": "KeyZ", "ctrlKey": True, "shiftKey": True})
    page.evaluate(KEY, {"key": letter, "code": "KeyZ"})
    assert reports(page) == [{"name": "undo", "value": True}, {"name": "redo", "value": True}]


def test_where_a_keyboard_writes_latin_letters_they_count_and_not_their_places(mount: Mount) -> None:
    page = mount("panel", form(UNDO))
    page.evaluate(KEY, {"key": "y", "code": "KeyZ", "ctrlKey": True})  # a German one
    assert reports(page) == []
    page.evaluate(KEY, {"key": "z", "code": "KeyY", "ctrlKey": True})
    assert reports(page) == [{"name": "undo", "value": True}]


def test_escape_gives_back_what_a_field_held_and_reports_nothing(mount: Mount) -> None:
    page = mount("panel", form(neurons(), UNDO))
    field = page.get_by_role("spinbutton")
    field.press_sequentially("x7")
    field.press("Escape")
    expect(field).to_have_value("3")
    field.blur()
    assert reports(page) == []
    field.focus()
    field.press("Control+z")  # nothing is being typed any more, so the key is the page's
    assert reports(page) == [{"name": "undo", "value": True}]


def test_escape_in_a_slider_gives_its_number_back(mount: Mount) -> None:
    page = mount("panel", form(panel.slider("x1", "x1", "0.5", print, min=-3, max=3, step=0.01)))
    exact = page.get_by_role("textbox")
    exact.fill("7")
    exact.press("Escape")
    expect(exact).to_have_value("0.5")
    exact.blur()
    assert reports(page) == []


def test_escape_takes_a_refused_entry_back(mount: Mount) -> None:
    refused = neurons().sent() | {"value": "0", "refused": "0 is too small."}
    page = mount("panel", {"layout": "form", "items": [refused]})
    field = page.get_by_role("spinbutton")
    field.press("Escape")
    assert reports(page) == [{"name": "neurons", "value": None}]
    draw(page, holding("panel", form(neurons()), answered=NEWEST - 1))
    expect(field).to_have_value("3")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_button_that_presses_itself_is_not_seen(mount: Mount) -> None:
    page = mount("panel", form(UNDO, panel.button("on", "", print, every=1, hidden=True)))
    page.wait_for_function("window.reports.length > 0")
    assert reports(page) == [{"name": "on", "value": True}]
    expect(page.locator("button[name=on]")).to_be_hidden()
    expect(page.locator("button[name=undo]")).to_be_visible()


# ---- the list -------------------------------------------------------------------------------------------------------

NAMES = ["linear1", "relu1", "linear2", "softmax1"]
LIST = {
    "rows": [vars(layer_list.Row(name, name, "", "", "0", 0.0, "dense")) for name in NAMES],
    "selected": "linear1",
    "labels": asdict(layer_list.Labels(*["{name}"] * 17)),
    "colors": dict(FAMILY_COLORS),
    "wraps": [["Sequential", "Group"]],
    "height": "18rem",
}


def row(page: Page, name: str) -> Locator:
    return page.locator("li").filter(has=page.get_by_text(name, exact=True))


def titles(page: Page) -> Locator:
    return page.locator("li .title")


def take(page: Page, name: str) -> tuple[float, float]:
    """Press on a row, and where that was."""
    box = row(page, name).bounding_box()
    assert box
    x, y = box["x"] + 80, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y


@pytest.mark.parametrize(("aside", "down"), [(1100, 60), (0, 600)])
def test_a_row_that_is_dropped_outside_the_list_stays_where_it_was(mount: Mount, aside: int, down: int) -> None:
    page = mount("layer_list", LIST)
    page.locator(".list").evaluate("list => { list.style.width = '400px'; }")
    x, y = take(page, "linear1")
    page.mouse.move(x, y + 60, steps=4)
    expect(titles(page)).not_to_have_text(NAMES)
    page.mouse.move(x + aside, y + down, steps=4)
    expect(titles(page)).to_have_text(NAMES)  # before it is dropped, so that a person sees it
    page.mouse.up()
    expect(page.locator(".is-dragging")).to_have_count(0)
    expect(titles(page)).to_have_text(NAMES)
    assert reports(page) == []


def test_a_row_that_is_dropped_just_below_the_last_one_becomes_the_last(mount: Mount) -> None:
    page = mount("layer_list", LIST)
    x, y = take(page, "linear1")
    last = row(page, "softmax1").bounding_box()
    assert last
    page.mouse.move(x, y + 60, steps=4)
    page.mouse.move(x, last["y"] + last["height"] + 10, steps=4)
    page.mouse.up()
    expect(titles(page)).to_have_text([*NAMES[1:], "linear1"])
    assert reports(page) == [{"type": "move", "path": "linear1", "to": 3, "depth": 0}]


def test_the_click_that_ends_a_drag_selects_nothing_and_the_next_one_does(mount: Mount) -> None:
    page = mount("layer_list", LIST)
    x, y = take(page, "linear2")
    page.mouse.move(x, y + 20, steps=4)
    page.mouse.move(x, y, steps=4)
    page.mouse.up()
    assert reports(page) == []
    row(page, "relu1").locator(".row").click()
    assert reports(page) == [{"type": "select", "path": "relu1"}]


@pytest.mark.parametrize("key", ["d", "в"])
def test_the_keys_of_a_row_are_heard_on_every_keyboard(mount: Mount, key: str) -> None:
    page = mount("layer_list", LIST)
    page.locator("[aria-current=true]").focus()
    page.locator("[aria-current=true]").dispatch_event(
        "keydown", {"key": key, "code": "KeyD", "bubbles": True, "composed": True}
    )
    assert reports(page) == [{"type": "duplicate", "path": "linear1"}]


# ---- the drawing ----------------------------------------------------------------------------------------------------

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 120" width="200" height="120"><g>
<g class="node"><title>a</title><ellipse cx="50" cy="60" rx="40" ry="20" stroke="#0072b2"/><text x="40" y="60" font-size="12">a</text></g>
<g class="node"><title>b</title><ellipse cx="150" cy="60" rx="40" ry="20" stroke="#0072b2"/><text x="140" y="60" font-size="12">b</text></g>
<g class="node"><title>legend</title><text x="100" y="110" font-size="12">only a text</text></g>
<g class="edge"><title>a-&gt;b</title><path d="M90 60L110 60" stroke="#000000"/></g>
</g></svg>"""
DRAWING = {
    "svg": SVG,
    "nodes": {"a": "a", "b": "b"},
    "blocks": {},
    "selected": "a",
    "tips": {"a": "a\nthe first", "b": "b\nthe second", "legend": "a legend", "a->b": "a line"},
    "label": "Drawing",
    "description": "Two layers.",
    "labels": asdict(drawing.Labels("+", "-", "fit", "{name}", "open {name}", "close {name}")),
    "inserts": False,
    "height": "300px",
}
TAP = """(node, pointerId) => {
  const { x, y } = node.getBoundingClientRect();
  const init = { pointerId, pointerType: 'touch', clientX: x + 9, clientY: y + 9, bubbles: true, composed: true };
  for (const type of ['pointerdown', 'pointerup']) node.dispatchEvent(new PointerEvent(type, init));
}"""


def node(page: Page, title: str) -> Locator:
    return page.locator(f'.node[data-title="{title}"]')


@pytest.mark.parametrize("then_clicked", [False, True])
def test_a_press_at_the_edge_that_is_released_outside_leaves_the_tips_alive(
    mount: Mount, *, then_clicked: bool
) -> None:
    page = mount("drawing", DRAWING)
    viewport = page.locator(".viewport").bounding_box()
    assert viewport
    edge = viewport["y"] + viewport["height"]
    page.mouse.move(viewport["x"] + 5, edge - 1)
    page.mouse.down()
    page.mouse.move(viewport["x"] + 5, edge + 1)  # less than what makes it a drag
    page.mouse.move(viewport["x"] + 5, edge + 100)
    page.mouse.up()
    if then_clicked:
        node(page, "b").click()
        page.mouse.move(viewport["x"] + 5, edge + 100)
    node(page, "a").hover()
    expect(page.locator(".tip")).to_have_text("a\nthe first")
    expect(page.locator(".tip")).to_be_visible()


def test_texts_and_lines_have_tips_and_select_nothing(mount: Mount) -> None:
    page = mount("drawing", DRAWING)
    page.locator(".node", has_text="only a text").hover()
    expect(page.locator(".tip")).to_have_text("a legend")
    box = page.locator(".edge path").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)  # beside the line, but near
    expect(page.locator(".tip")).to_have_text("a line")
    expect(page.locator(".edge.lit")).to_have_count(1)
    page.mouse.down()
    page.mouse.up()
    assert reports(page) == []


def test_a_drag_of_the_drawing_selects_nothing_and_the_next_click_does(mount: Mount) -> None:
    page = mount("drawing", DRAWING)
    box = node(page, "b").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 60, steps=4)
    page.mouse.move(box["x"] + 40, box["y"] + 20, steps=4)
    page.mouse.up()
    assert reports(page) == []
    node(page, "b").click()
    assert reports(page) == [{"type": "select", "path": "b"}]


def test_a_second_tap_has_its_tip_as_long_as_the_first(mount: Mount) -> None:
    page = mount("drawing", DRAWING)
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    node(page, "a").evaluate(TAP, 1)
    page.clock.run_for(3000)
    node(page, "b").evaluate(TAP, 2)
    page.clock.run_for(3000)
    expect(page.locator(".tip")).to_have_text("b\nthe second")
    expect(page.locator(".tip")).to_be_visible()
    page.clock.run_for(1500)
    expect(page.locator(".tip")).to_be_hidden()


def test_a_double_click_and_the_key_o_open_a_block_on_every_keyboard(mount: Mount) -> None:
    page = mount("drawing", DRAWING)
    node(page, "b").dblclick()
    node(page, "b").focus()
    node(page, "b").dispatch_event("keydown", {"key": "щ", "code": "KeyO", "bubbles": True, "composed": True})
    opened = [report for report in reports(page) if report["type"] == "toggle"]
    assert opened == [{"type": "toggle", "path": "b"}] * 2
