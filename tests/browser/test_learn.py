"""The lesson as a new user goes through it, from a blank network to the sheet on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from builder.core.messages import Language
from builder.formats.link import to_token
from builder.teaching.exercises import exercise
from builder.teaching.lesson import LESSONS
from builder.zoo.presets import PRESETS
from tests.browser.conftest import Open, watch
from tests.browser.hand import TUTORIAL, choose, enter, expect_network, number, row

BLANK = to_token(PRESETS["blank"].experiment)


@pytest.fixture
def lesson(app: Open, address: str, page: Page) -> Open:
    """`lesson("lang=zh")` opens the page and waits for its text; what `app` watches is watched here."""
    del app  # its watch is on

    def go(query: str = "") -> Page:
        page.goto(f"{address}/learn?{query}")
        page.locator(".lesson").wait_for(timeout=60_000)
        return page

    return go


def step(page: Page) -> Locator:
    return page.locator(".at-learn_step")


def title(page: Page) -> Locator:
    return page.locator(".lesson h2")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def go_on(page: Page, to: int) -> None:
    """To the next step, which is number `to`: only then is the question on the page its own."""
    press(page, "Next")
    expect(title(page)).to_contain_text(f"{to} of {len(LESSONS)}")


def answer(page: Page, typed: str) -> None:
    enter(page.get_by_role("textbox", name="Your answer"), typed)


def test_from_a_blank_network_to_the_sheet(lesson: Open, tmp_path: Path) -> None:
    page = lesson(f"lang=en&n={BLANK}")
    expect(title(page)).to_have_text("1 of 10 · What a network is")
    go_on(page, 2)
    expect(page.locator(".code pre")).to_contain_text("class Model(nn.Module):")
    go_on(page, 3)
    # the first layer by hand, as the step says it
    expect(step(page)).to_contain_text("Your network has no first layer yet.")
    choose(page, "Activation of the new layer", "with Sigmoid")
    press(page, "+ Dense layer")
    expect(step(page)).to_contain_text("start out as PyTorch default; the tutorial's as Xavier uniform.")
    enter(number(page, "Neurons"), "5")
    expect(step(page)).to_contain_text("Your first layer has 5 neurons; the tutorial's has 3.")
    enter(number(page, "Neurons"), "3")
    choose(page, "Weights", "Xavier uniform")
    expect(step(page)).to_contain_text("Done: your network has it all.")
    go_on(page, 4)
    # the others with a click
    press(page, "Do it for me")
    expect(row(page, "linear2")).to_contain_text("3 → 2")
    expect(row(page, "linear2")).to_contain_text("He (Kaiming) normal")
    expect_network(page, TUTORIAL)
    go_on(page, 5)
    expect(step(page)).to_contain_text("b = √(6 / (3 + 3)) = 1.")
    go_on(page, 6)
    answer(page, "20")
    expect(step(page)).to_contain_text("✓ Right: 10 rows × 2 numbers = 20")
    go_on(page, 7)
    answer(page, str(exercise(0).answer))
    expect(step(page)).to_contain_text("✓ Right:")
    go_on(page, 8)
    answer(page, "10")
    expect(step(page)).to_contain_text("✓ Right: 5 rows × 2 numbers = 10")
    go_on(page, 9)
    answer(page, "4")
    expect(step(page)).to_contain_text("✓ Right: 2 × 2 = 4")
    go_on(page, 10)
    expect(title(page)).to_have_text("10 of 10 · Strengths and weaknesses")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the sheet to print").click()
    file = tmp_path / "network.html"
    download.value.save_as(file)
    sheet = page.context.new_page()
    faults = watch(sheet, "file:")
    sheet.goto(file.as_uri())
    expect(sheet.locator("svg")).to_contain_text("linear1")
    expect(sheet.locator("table").first).to_contain_text("3 × 3 weights + 3 biases = 12")
    expect(sheet.locator("ol").first.locator("li")).to_have_count(5)
    assert sheet.evaluate("document.documentElement.scrollWidth <= innerWidth") and faults == []
    sheet.close()


def test_a_wrong_answer_nonsense_and_new_numbers(lesson: Open) -> None:
    page = lesson("lang=en&lesson=counting")
    question = exercise(0)
    answer(page, "many")
    expect(step(page)).to_contain_text("The answer is a whole number, written in digits.")
    number, mistake = question.slips[0]
    answer(page, str(number))
    expect(step(page)).to_contain_text(mistake.text())
    expect(step(page)).to_contain_text(question.why.text())
    for seed in (1, 2, 3, 4):
        press(page, "New numbers")
        expect(step(page)).to_contain_text(exercise(seed).prompt.text())
        expect(page.get_by_role("textbox", name="Your answer")).to_have_value("")
    expect(step(page)).not_to_contain_text(mistake.text())


def test_a_reload_keeps_the_place_and_the_answer(lesson: Open) -> None:
    page = lesson("lang=en&lesson=shapes")
    answer(page, "20")
    expect(page).to_have_url(re.compile("lesson_shapes=20"))
    page.reload()
    expect(title(page)).to_have_text("6 of 10 · Shapes: data and parameters")
    expect(step(page)).to_contain_text("✓ Right")
    expect(page.get_by_role("textbox", name="Your answer")).to_have_value("20")


def test_quick_clicks_on_next_and_back_all_count(lesson: Open) -> None:
    page = lesson("lang=en")
    following = page.get_by_role("button", name="Next", exact=True)
    for _ in range(6):
        following.click(no_wait_after=True)
    expect(title(page)).to_contain_text("7 of 10")
    press(page, "Back")
    expect(title(page)).to_contain_text("6 of 10")


@pytest.mark.parametrize(("language", "following"), [("en", "Next"), ("zh", "下一步")])
def test_each_step_is_on_one_screen(lesson: Open, language: Language, following: str) -> None:
    page = lesson(f"lang={language}")
    expect(row(page, "softmax1")).to_be_visible()
    expect(page.locator(".at-network_drawing svg").first).to_be_visible()
    text = page.locator(".at-learn_text")
    for each in LESSONS:
        expect(title(page)).to_contain_text(each.title.text(language))
        for name in (".at-learn_step", ".at-layers", ".at-drawing", ".at-inspector"):
            box = page.locator(name).bounding_box()
            assert box and box["y"] + box["height"] <= 768 and box["x"] + box["width"] <= 1366, each.key
        assert text.evaluate("element => element.scrollHeight <= element.clientHeight + 1"), (
            f"{each.key} has to be scrolled"
        )
        if each != LESSONS[-1]:
            press(page, following)
