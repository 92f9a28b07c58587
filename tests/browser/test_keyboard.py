"""The student's path without a mouse: no test here clicks, or gives anything the focus but by pressing keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from builder.zoo.presets import PRESETS
from tests.browser.conftest import Open, settled
from tests.browser.hand import TUTORIAL, expect_network, expect_the_tutorials_numbers, number, row

BLANK = PRESETS["blank"].experiment
FAR = 60  # no way on the page is longer
HAS_FOCUS = "element => element.getRootNode().activeElement === element"
LOST = "document.activeElement === document.body"
FOCUSED = """() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element === document.body ? null : element.getAttribute('aria-label') || element.innerText || element.tagName;
}"""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go_to(target: Locator, *, by: str = "Tab") -> None:
    """Press Tab, or another key, until `target` has the focus."""
    for _ in range(FAR):
        if target.evaluate(HAS_FOCUS):
            return
        press(target.page, by)
    pytest.fail(f"{FAR} times {by} do not lead to {target}")


def push(page: Page, name: str, *, by: str = "Tab") -> None:
    go_to(page.get_by_role("button", name=name, exact=True), by=by)
    press(page, "Enter")


def fill(field: Locator, text: str, *, by: str = "Tab") -> None:
    go_to(field, by=by)
    press(field.page, "ControlOrMeta+a")
    field.page.keyboard.type(text)
    press(field.page, "Enter")


def choose(page: Page, label: str, option: str, *, by: str = "Tab") -> None:
    """Type what is looked for into the list of choices, and take it."""
    go_to(page.get_by_role("combobox", name=label, exact=True), by=by)
    press(page, "Home")  # what is typed is looked for from where the list stands
    page.keyboard.type(option)
    press(page, "Enter")


def expect_focus(target: Locator) -> None:
    """The run that the last key led to is over, and `target` has the focus."""
    settled(target.page)
    expect(target).to_be_focused()


def names(page: Page) -> Locator:
    return page.locator(".at-layer_list li .title")


def in_list(page: Page, name: str) -> Locator:
    return row(page, name).locator(".row")


def node(page: Page, name: str) -> Locator:
    return page.locator(".at-drawing").get_by_role("button", name=re.compile(f"^{name},"))


def heading(page: Page) -> Locator:
    return page.locator(".at-inspector h2")


def go_into_list(page: Page) -> None:
    """Tab leads to one row, the selected one."""
    go_to(page.locator(".at-layer_list [aria-current=true]"))


def test_the_tutorial_network_is_built_from_a_blank_one_without_a_mouse(app: Open) -> None:
    page = app("/")
    choose(page, "Network", "New (blank)")
    expect_network(page, BLANK)
    choose(page, "Activation of the new layer", "with Sigmoid")
    push(page, "+ Dense layer")
    expect(heading(page)).to_have_text("linear1")
    choose(page, "Weights", "Xavier uniform")
    expect(row(page, "linear1")).to_contain_text("Xavier uniform")
    choose(page, "Activation of the new layer", "with ReLU", by="Shift+Tab")
    push(page, "+ Dense layer")
    expect(heading(page)).to_have_text("linear2")
    fill(number(page, "Neurons"), "2")
    expect(row(page, "linear2")).to_contain_text("3 → 2")
    choose(page, "Weights", "He (Kaiming) normal")
    expect(row(page, "linear2")).to_contain_text("He (Kaiming) normal")
    choose(page, "Activation of the new layer", "with Softmax", by="Shift+Tab")
    push(page, "+ Dense layer")
    expect(heading(page)).to_have_text("linear3")
    fill(page.get_by_role("textbox", name="Name", exact=True), "out")
    expect_network(page, TUTORIAL)
    expect_the_tutorials_numbers(page)


def test_arrows_go_through_the_list_and_enter_selects(app: Open) -> None:
    page = app("/")
    go_into_list(page)
    expect(in_list(page, "linear1")).to_be_focused()
    press(page, "ArrowDown", "ArrowDown")
    expect(in_list(page, "linear2")).to_be_focused()
    expect(heading(page)).to_have_text("linear1")
    press(page, "Enter")
    expect(heading(page)).to_have_text("linear2")
    expect_focus(in_list(page, "linear2"))
    press(page, "End")
    expect(in_list(page, "softmax1")).to_be_focused()
    press(page, "Home", "Space")
    expect(heading(page)).to_have_text("Input")


def test_a_layer_is_moved_duplicated_and_removed_in_the_list_and_keeps_the_focus(app: Open) -> None:
    page = app("/")
    go_into_list(page)
    press(page, "Alt+ArrowDown")
    expect(names(page)).to_have_text(["Input", "sigmoid1", "linear1", "linear2", "relu1", "out", "softmax1"])
    expect_focus(in_list(page, "linear1"))
    press(page, "Alt+ArrowUp")
    expect_network(page, TUTORIAL)
    expect_focus(in_list(page, "linear1"))
    press(page, "d")
    expect(names(page)).to_have_text(["Input", "linear1", "linear3", "sigmoid1", "linear2", "relu1", "out", "softmax1"])
    expect_focus(in_list(page, "linear1"))
    press(page, "ArrowDown", "Delete")
    expect_network(page, TUTORIAL)
    expect_focus(in_list(page, "sigmoid1"))


def test_the_actions_of_a_row_are_reached_with_the_right_arrow(app: Open) -> None:
    page = app("/")
    go_into_list(page)
    go_to(row(page, "linear1").get_by_role("button", name="Duplicate linear1"), by="ArrowRight")
    press(page, "Enter")
    expect(row(page, "linear3")).to_be_visible()


def test_the_last_layer_of_all_can_be_removed_and_the_focus_stays_in_the_list(app: Open) -> None:
    page = app("/")
    go_into_list(page)
    for left in range(5, -1, -1):
        press(page, "Delete")
        expect(names(page)).to_have_count(1 + left)
    expect_network(page, BLANK)
    expect_focus(in_list(page, "Input"))


def test_arrows_go_through_the_drawing_enter_selects_and_plus_inserts(app: Open) -> None:
    page = app("/")
    go_to(node(page, "linear1"))
    press(page, "ArrowRight", "ArrowRight", "Enter")
    expect(heading(page)).to_have_text("linear2")
    expect_focus(node(page, "linear2"))
    press(page, "+")
    expect(names(page)).to_have_text(["Input", "linear1", "sigmoid1", "linear2", "linear3", "relu1", "out", "softmax1"])
    expect(heading(page)).to_have_text("linear3")
    expect(node(page, "linear3")).to_be_visible()
    settled(page)
    assert not page.evaluate(LOST)


def test_the_plus_behind_a_node_is_the_next_stop_of_tab(app: Open) -> None:
    page = app("/")
    go_to(node(page, "linear1"))
    press(page, "Tab", "Enter")
    expect(names(page)).to_have_text(["Input", "linear1", "linear3", "sigmoid1", "linear2", "relu1", "out", "softmax1"])


def test_keys_undo_and_redo_wherever_the_focus_is(app: Open) -> None:
    page = app("/")
    totals = page.locator(".totals")
    go_into_list(page)
    press(page, "Delete")
    expect(totals).to_contain_text("14 parameters")
    press(page, "Control+z")
    expect(totals).to_contain_text("26 parameters")
    expect(names(page)).to_have_count(7)
    press(page, "Control+Shift+Z")
    expect(totals).to_contain_text("14 parameters")
    push(page, "Undo", by="Shift+Tab")
    expect_network(page, TUTORIAL)
    expect_focus(page.get_by_role("button", name="Undo"))


def test_a_chosen_option_leaves_the_focus_on_its_list_of_choices(app: Open) -> None:
    page = app("/")
    for label, option in {
        "Network": "XOR net",
        "Input values": "uniform",
        "Biases": "Zeros",
        "Activation": "none",
    }.items():
        before = page.url
        choose(page, label, option)
        expect(page).not_to_have_url(before)
        expect_focus(page.get_by_role("combobox", name=label, exact=True))


def test_an_entry_leaves_the_focus_in_its_field_whether_it_is_taken_or_refused(app: Open) -> None:
    page = app("/")
    neurons = number(page, "Neurons")
    fill(neurons, "4")
    expect(row(page, "linear1")).to_contain_text("3 → 4")
    expect_focus(neurons)
    fill(neurons, "0")
    expect(page.locator(".refusal")).to_be_visible()
    expect_focus(neurons)
    press(page, "ControlOrMeta+a")
    page.keyboard.type("3")
    press(page, "Enter")
    expect_network(page, TUTORIAL)
    expect(page.locator(".refusal")).to_have_count(0)
    expect_focus(neurons)


def test_the_views_the_switches_and_the_language_are_chosen_with_keys(app: Open) -> None:
    page = app("/")
    go_to(page.get_by_role("radio", name="Parameters"))
    press(page, *["ArrowRight"] * 5)
    expect(page.locator("pre.summary")).to_be_visible()
    expect_focus(page.get_by_role("radio", name="Summary"))
    go_to(page.get_by_role("checkbox", name="Trainable"))
    press(page, "Space")
    expect(row(page, "linear1")).to_contain_text("frozen")
    expect_focus(page.get_by_role("checkbox", name="Trainable"))
    go_to(page.get_by_role("radio", name="EN"))
    press(page, "ArrowRight")
    expect(page.locator(".totals")).to_contain_text("参数")
    expect_focus(page.get_by_role("radio", name="中文"))


def test_share_opens_with_enter_closes_with_escape_and_gives_the_focus_back(app: Open) -> None:
    page = app("/")
    share = page.get_by_role("button", name="Share")
    go_to(share)
    press(page, "Enter")
    panel = page.get_by_role("dialog")
    go_to(panel.get_by_role("button", name="Download .json"))
    with page.expect_download():
        press(page, "Enter")
    press(page, "Escape")
    expect(panel).to_have_count(0)
    expect_focus(share)


def test_tab_goes_through_the_whole_page_and_comes_round(app: Open) -> None:
    page = app("/")
    stops = set()
    for _ in range(2 * FAR):  # twice round: where the first Tab leads depends on what was drawn last
        press(page, "Tab")
        stops.add(page.evaluate(FOCUSED))
    assert None in stops, "the focus is trapped"
    assert {"Network", "Undo", "+ Dense layer", "Zoom in", "Batch size", "Neurons", "Trainable"} <= stops
