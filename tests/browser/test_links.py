"""Links and sizes of the window: what a class really has."""

from __future__ import annotations

import random
import re
from pathlib import Path
from string import ascii_lowercase

import pytest
from playwright.sync_api import Browser, expect

from builder.formats.link import MAX_TOKEN, from_file, to_token
from builder.initializers import Normal
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.browser.conftest import Open, settled, watch
from tests.browser.hand import TUTORIAL, choose, expect_network, row

STORED = sorted((Path(__file__).parents[1] / "links").glob("*.txt"))
PANELS = (".at-layers", ".at-drawing", ".at-inspector", ".at-numbers", ".at-softmax", ".totals")


def long(count: int) -> Experiment:
    """`count` layers with names and weights that no compression makes short."""
    dice = random.Random(1)

    def normal() -> Normal:
        return Normal(mean=dice.random(), std=dice.random())

    layers = tuple(
        Linear(
            name="".join(dice.choices(ascii_lowercase, k=40)), out_features=3, weight_init=normal(), bias_init=normal()
        )
        for _ in range(count)
    )
    return TUTORIAL.with_network(NetworkSpec(layers=layers))


def test_the_link_of_200_layers_opens_and_outlives_a_reload(app: Open) -> None:
    experiment = long(200)
    page = app(f"/?n={to_token(experiment)}")
    expect(page.locator(".at-layer_list li")).to_have_count(201)
    page.reload()
    settled(page)
    expect_network(page, experiment)


def test_past_what_a_link_carries_the_page_says_so_and_gives_the_file(app: Open, tmp_path: Path) -> None:
    experiment = long(1000)
    assert len(to_token(experiment)) > MAX_TOKEN
    file = tmp_path / "network.json"
    file.write_text('{"layerlab": "1", ' + experiment.text[1:], encoding="utf-8")
    page = app("/")
    page.get_by_role("button", name="Share").click()
    panel = page.get_by_role("dialog")
    panel.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".at-layer_list li")).to_have_count(1001, timeout=60_000)
    expect(panel).to_contain_text("too long for a link: share the file instead")
    expect(page.locator(".notice", has_text="a reload would lose it")).to_be_visible()
    expect(page).not_to_have_url(re.compile("[?&]n="), timeout=60_000)  # written last, behind the drawing
    with page.expect_download() as download:
        panel.get_by_role("button", name="Download .json").click()
    assert from_file(download.value.path().read_bytes()) == experiment


@pytest.mark.parametrize("stored", STORED, ids=[file.stem for file in STORED])
def test_a_link_from_an_older_format_opens(stored: Path, app: Open) -> None:
    page = app(f"/?n={stored.read_text(encoding='utf-8').strip()}")
    expect(page.locator(".refusal")).to_have_count(0)
    expect(row(page, "linear1")).to_be_visible()


def test_a_projector_shows_the_same_page_larger(browser: Browser, address: str) -> None:
    def sizes(width: int, height: int) -> tuple[dict[str, float], float]:
        page = browser.new_page(viewport={"width": width, "height": height}, locale="en-US")
        page.goto(address)
        settled(page)
        boxes = {panel: page.locator(panel).bounding_box() for panel in PANELS}
        assert all(box and box["y"] + box["height"] <= height and box["x"] >= 0 for box in boxes.values())
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= height
        letters = page.locator(".at-layer_list .title").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        page.close()
        return {panel: box["width"] for panel, box in boxes.items() if box}, letters

    small, large = sizes(1366, 768), sizes(1920, 1080)
    assert all(large[0][panel] > 1.3 * small[0][panel] for panel in PANELS)
    assert large[1] > 1.25 * small[1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_on_a_phone_all_is_below_each_other_and_usable_by_touch(language: str, browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    faults = watch(page, address)
    page.goto(f"{address}/?lang={language}")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for panel in PANELS:
        box = page.locator(panel).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390, panel
    page.locator(".at-add .main").tap()
    expect(row(page, "linear3")).to_contain_text("3 → 3")
    page.locator(".at-inspector [data-step='1']").first.tap()
    expect(row(page, "linear3")).to_contain_text("3 → 4")
    row(page, "softmax1").locator(".row").tap()
    expect(page.locator(".at-inspector h2")).to_have_text("softmax1")
    assert faults == []
    context.close()


def test_a_switch_of_network_is_one_step_of_undo(app: Open) -> None:
    page = app("/")
    choose(page, "Network", "XOR net")
    expect(page).to_have_url(re.compile(re.escape(to_token(PRESETS["xor"].experiment))))
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(re.escape(to_token(TUTORIAL))))
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
