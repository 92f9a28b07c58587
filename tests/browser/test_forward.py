"""A row walks through the network in a real browser: step by step, by itself, and under the pointer."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from builder.formats.link import to_token
from builder.layers.activations import Tanh
from builder.network.experiment import Experiment
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.browser.conftest import Open
from tests.browser.hand import choose


def forward(app: Open, query: str = "") -> Page:
    page = app(f"/forward?lang=en&{query}", ready=".at-steps")
    expect(page.locator(".at-after .cell").first).to_be_visible()
    return page


def cell(page: Page, panel: str, place: int) -> Locator:
    return page.locator(f".at-{panel} .cell").nth(place)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def title(page: Page) -> Locator:
    return page.locator(".at-operation h2")


def test_every_step_from_the_input_to_the_probabilities_can_be_followed(app: Open) -> None:
    page = forward(app, "at=linear1&x=1+2+-1")
    expect(title(page)).to_contain_text("linear1 · Linear · 3 → 3")
    expect(cell(page, "before", 1)).to_have_text("2.00")
    expect(page.locator(".at-operation .phrase").first).to_have_text("[1, 3] · [3, 3]ᵀ + [3] → [1, 3]")
    expect(page.locator(".at-operation p.number")).to_contain_text("× 1.00 + ")
    last = cell(page, "after", 2)
    sum_of_last = last.inner_text()
    last.click()
    expect(last).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".at-operation p.number")).to_have_text(re.compile(f"= {sum_of_last}$"))
    expect(page.locator("table.steps tfoot")).to_contain_text(sum_of_last)
    button(page, "Next").click()
    expect(title(page)).to_contain_text("sigmoid1")
    expect(cell(page, "before", 2)).to_have_text(sum_of_last)
    expect(page.locator(".at-curve .main-svg").first).to_be_visible()
    page.get_by_role("radio", name="softmax1").click()
    expect(title(page)).to_contain_text("softmax1")
    expect(page.locator("table.steps tfoot")).to_contain_text("1.000")
    expect(page.locator(".at-why")).to_contain_text("exp(0) = 1")
    button(page, "Back").click()
    expect(title(page)).to_contain_text("out")
    expect(page).to_have_url(re.compile("at=out"))
    page.reload()
    expect(title(page)).to_contain_text("out")


def test_rapid_clicks_on_next_are_all_counted(app: Open) -> None:
    page = forward(app, "at=linear1")
    for _ in range(4):
        button(page, "Next").click(no_wait_after=True)
    expect(page.locator(".at-steps")).to_contain_text("step 5 of 6")


def test_it_plays_by_itself_to_the_end_and_begins_anew(app: Open) -> None:
    page = forward(app, "at=out")
    button(page, "Play").click()
    expect(title(page)).to_contain_text("softmax1")
    expect(button(page, "Play")).to_be_visible()  # at the end it has stopped
    button(page, "Play").click()
    expect(title(page)).to_contain_text("linear1")


def test_what_plays_is_stopped_where_it_is(app: Open) -> None:
    tanhs = NetworkSpec(layers=tuple(Tanh(name=f"tanh{n}") for n in range(300)))  # nobody waits for its end
    page = forward(app, f"n={to_token(Experiment(network=tanhs))}&at=tanh0")
    steps = page.locator(".at-steps")
    button(page, "Play").click()
    expect(steps).to_contain_text("step 3 of 300")
    button(page, "Pause").click()
    expect(button(page, "Play")).to_be_visible()
    said = steps.get_by_text(re.compile(r"step \d+ of 300")).inner_text()
    stopped = int(said.split()[1])
    button(page, "Next").click()
    expect(steps).to_contain_text(f"step {stopped + 1} of 300")


def test_the_point_is_dragged_over_the_plane_and_all_follows(app: Open) -> None:
    page = forward(app, "at=linear1&x=0+0+0")
    box = page.locator(".at-plane canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for part in range(10):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.04 * part), box["y"] + box["height"] * 0.25)
    page.mouse.move(box["x"] + box["width"] * 5 / 6, box["y"] + box["height"] / 6)
    page.mouse.up()
    expect(cell(page, "before", 0)).to_have_text(re.compile(r"^(2\.0.|1\.9.)$"))
    expect(cell(page, "before", 1)).to_have_text(re.compile(r"^(2\.0.|1\.9.)$"))
    expect(cell(page, "before", 2)).to_have_text("0")
    expect(page).to_have_url(re.compile("x=(2|1.9)"))


def test_a_slider_is_moved_by_key_and_a_number_typed(app: Open) -> None:
    page = forward(app, "at=linear1&x=0+0+0")
    slider = page.get_by_role("slider", name="x1")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    expect(cell(page, "before", 0)).to_have_text("0.0300")
    typed = page.locator(".at-source .exact").nth(1)
    typed.fill("nonsense")
    typed.press("Enter")
    expect(page.locator(".refusal")).to_have_text("“nonsense” is not a number between −1,000,000 and 1,000,000.")
    typed.fill("-2.5")
    typed.press("Enter")
    expect(cell(page, "before", 1)).to_have_text("−2.50")
    choose(page, "Input", "Row 2 of 5")
    expect(page.locator(".refusal")).to_have_count(0)
    expect(cell(page, "before", 1)).not_to_have_text("−2.50")


def test_the_network_and_its_history_come_along_from_page_to_page(app: Open) -> None:
    page = app("/?lang=en&at=relu1")
    page.get_by_role("button", name="Remove relu1").evaluate("element => element.click()")
    expect(page.locator(".at-layer_list li")).to_have_count(6)
    page.get_by_role("link", name="Forward").click()
    expect(page.locator(".at-steps")).to_contain_text("step 4 of 5")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".at-steps")).to_contain_text("of 6")
    page.get_by_role("link", name="Build").click()
    expect(page.locator(".at-layer_list li")).to_have_count(7)


def test_a_wide_network_is_readable_and_speaks_chinese(app: Open) -> None:
    page = forward(app, f"at=linear1&n={to_token(PRESETS['mnist'].experiment)}")
    expect(page.locator(".at-before .cell")).to_have_count(784)
    expect(page.locator(".at-after .cell")).to_have_count(512)
    expect(page.locator(".at-operation")).to_contain_text("The 778 terms between")
    page.get_by_role("radio", name="中文").click()
    expect(page.locator(".at-operation")).to_contain_text("合成了一个数")
    expect(page.get_by_role("link", name="前向计算")).to_have_attribute("aria-current", "page")
