"""The list of layers on the real page: several rows at once, groups, and moves into and out of them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from builder.network.experiment import Experiment
from tests.browser.conftest import Open
from tests.browser.hand import TUTORIAL, expect_network, linked, press, row, titles, tool


def grouped(*names: str) -> Experiment:
    return TUTORIAL.with_network(TUTORIAL.network.wrapped(*names))


def with_a_group(app: Open) -> Page:
    """The tutorial network with its first two layers in block1, made by clicks."""
    page = app("/")
    press(page, "sigmoid1", "ControlOrMeta")  # joins the selected linear1
    tool(page, "Group").click()
    expect_network(page, grouped("linear1", "sigmoid1"))
    return page


def expect_paths(page: Page, first: str) -> None:
    """Wait until the link's layers begin so."""
    linked(page, lambda experiment: " ".join(experiment.network.paths).startswith(first))


def test_several_rows_are_removed_duplicated_and_grouped_at_once_each_in_one_step(app: Open) -> None:
    page = app("/")
    press(page, "sigmoid1", "ControlOrMeta")  # joins the selected linear1
    expect(page.get_by_role("toolbar")).to_contain_text("2 selected")
    tool(page, "Duplicate").click()
    expect(titles(page)).to_have_count(9)
    expect_network(page, TUTORIAL.with_network(TUTORIAL.network.duplicated("linear1", "sigmoid1")))
    page.get_by_role("button", name="Undo").click()
    expect_network(page, TUTORIAL)
    press(page, "linear1")
    press(page, "linear2", "Shift")
    expect(page.get_by_role("toolbar")).to_contain_text("3 selected")
    tool(page, "Group").click()
    expect_network(page, grouped("linear1", "sigmoid1", "linear2"))
    expect(page.locator(".at-inspector h2")).to_have_text("block1")
    expect(page.locator(".at-inspector")).to_contain_text("12 + 8 = 20")
    expect(page.locator("g.cluster")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    press(page, "relu1")
    press(page, "softmax1", "Shift")
    tool(page, "Remove").click()
    expect_network(page, TUTORIAL.with_network(TUTORIAL.network.removed("relu1", "out", "softmax1")))
    page.get_by_role("button", name="Undo").click()
    expect_network(page, TUTORIAL)


def test_rows_apart_are_not_grouped_and_the_page_says_why(app: Open) -> None:
    page = app("/")
    press(page, "out", "ControlOrMeta")
    tool(page, "Group").click()
    expect(page.locator(".refusal")).to_contain_text("Only layers that stand next to each other")
    expect_network(page, TUTORIAL)


def test_a_group_shows_its_layers_and_counts_as_one_and_is_taken_apart(app: Open) -> None:
    page = with_a_group(app)
    expect(row(page, "block1")).to_contain_text("3 → 3")
    expect(row(page, "block1").locator(".parameters")).to_have_text("12")
    press(page, "linear1")
    expect(page.locator(".at-inspector h2")).to_have_text("block1.linear1")
    page.locator("g.cluster", has_text="block1").click(position={"x": 60, "y": 6})
    expect(page.locator(".at-inspector h2")).to_have_text("block1")
    page.get_by_role("radio", name="Code").click()
    expect(page.locator(".at-numbers").locator(".code pre")).to_contain_text("self.block1 = Block1()")
    page.get_by_role("button", name="Take the block apart").click()
    expect_network(page, TUTORIAL)


def test_alt_and_arrows_lead_through_a_group_and_no_key_is_lost(app: Open) -> None:
    page = with_a_group(app)
    press(page, "linear2")
    expect(page.locator(".at-inspector h2")).to_have_text("linear2")
    for _ in range(3):
        page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".at-inspector h2")).to_have_text("block1.linear2")
    expect(page).to_have_url(re.compile("at=block1.linear2"))
    expect_paths(page, "block1 block1.linear2 block1.linear1 block1.sigmoid1 relu1 out softmax1")
    page.keyboard.press("Alt+ArrowUp")
    expect(page).to_have_url(re.compile("at=linear2"))
    expect_paths(page, "linear2 block1 block1.linear1")
    expect(row(page, "linear2").locator(".row")).to_be_focused()


def test_a_row_is_dragged_with_the_mouse_into_a_group_and_out_again(app: Open) -> None:
    page = with_a_group(app)

    def drag(name: str, onto: str, down: float, aside: float = 0) -> None:
        start, end = row(page, name).bounding_box(), row(page, onto).bounding_box()
        assert start and end
        x, y = start["x"] + 80, start["y"] + start["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + aside / 2, y + (8 if end["y"] > y else -8), steps=3)
        page.mouse.move(x + aside, end["y"] + end["height"] * down, steps=8)
        page.mouse.up()

    drag("out", "sigmoid1", 0.25)
    expect(page).to_have_url(re.compile("at=block1.out"))
    expect_paths(page, "block1 block1.linear1 block1.out block1.sigmoid1 linear2 relu1 softmax1")
    drag("out", "linear2", 0.25, aside=-40)
    expect(page).to_have_url(re.compile("at=out"))
    expect_paths(page, "block1 block1.linear1 block1.sigmoid1 out linear2 relu1 softmax1")
    drag("block1", "relu1", 0.25)
    expect(page).to_have_url(re.compile("at=block1"))
    expect_paths(page, "out linear2 relu1 softmax1 block1 block1.linear1 block1.sigmoid1")


def test_escape_takes_a_drag_back_and_clears_what_is_marked(app: Open) -> None:
    page = app("/")
    box = row(page, "linear2").bounding_box()
    assert box
    page.mouse.move(box["x"] + 80, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 90, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(titles(page)).to_have_text(["Input", "linear1", "sigmoid1", "linear2", "relu1", "out", "softmax1"])
    press(page, "out", "ControlOrMeta")
    expect(page.get_by_role("toolbar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar")).to_be_hidden()
    expect_network(page, TUTORIAL)


def test_rows_are_marked_by_keyboard(app: Open) -> None:
    page = app("/")
    press(page, "linear2")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("toolbar")).to_contain_text("3 selected")
    page.keyboard.press("g")
    expect_network(page, grouped("linear2", "relu1", "out"))
    page.keyboard.press("ControlOrMeta+z")
    expect_network(page, TUTORIAL)
    press(page, "linear1")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    expect(page.locator(".totals")).to_contain_text("0 parameters")
