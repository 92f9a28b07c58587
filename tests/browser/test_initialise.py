"""The page of initialisation in a browser: a mend and its undo, long work stopped and taken up again, a cell opened, a link kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from builder.analysis.survey import CELLS
from builder.formats.link import to_token
from builder.initializers import KaimingNormal, XavierUniform
from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.browser.conftest import watch

DEEP = PRESETS["deep_sigmoid"].experiment
Look = Callable[..., Page]


@pytest.fixture
def look(page: Page, address: str) -> Iterator[Look]:
    """`look(experiment, "look=signals")` opens the page and waits for it; the test fails on any fault that the browser sees."""
    faults = watch(page, address)

    def go(experiment: Experiment, query: str) -> Page:
        page.goto(f"{address}/initialise?n={to_token(experiment)}&{query}")
        page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for(
            state="attached", timeout=60_000
        )
        page.get_by_role("radio", name="Signals").wait_for(timeout=60_000)
        return page

    yield go
    assert page.get_by_test_id("stException").count() == 0
    assert faults == []


def of_depth(depth: int, width: int) -> Experiment:
    layers: list[Layer] = []
    for n in range(depth):
        layers += [Linear(name=f"l{n}", out_features=width, weight_init=KaimingNormal()), ReLU(name=f"r{n}")]
    return Experiment(network=NetworkSpec(input=Features(in_features=width), layers=tuple(layers), seed=depth))


def test_a_vanishing_network_is_mended_and_one_undo_takes_the_mend_back(look: Look) -> None:
    page = look(DEEP, "look=signals")
    verdict = page.locator(".at-verdict")
    expect(verdict).to_contain_text("Vanishing")
    verdict.get_by_role("button", name="Use ReLU and He weights").click()
    expect(verdict).to_contain_text("Steady")
    expect(verdict.get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(verdict).to_contain_text("Vanishing")
    expect(page.locator(".at-courses .js-plotly-plot")).to_have_count(1)


def test_three_hundred_layers_are_stopped_taken_up_again_and_left_without_waiting(look: Look) -> None:
    page = look(of_depth(300, 200), "look=compare&vary=every")  # all of it would take half a minute
    slow = 60_000  # ms: each run tries one more network of this size, and a busy machine takes its time for it
    progress = page.locator(".progress")
    expect(progress).to_contain_text(re.compile(r"[1-9]\d* of"), timeout=slow)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible(timeout=slow)
    expect(page).to_have_url(re.compile("map_work=off"), timeout=slow)  # the link is written last
    stopped = progress.inner_text()
    page.get_by_role("radio", name="Weights").click()
    expect(page.locator(".arithmetic")).to_be_visible(timeout=slow)
    page.get_by_role("radio", name="Compare").click()
    expect(progress).to_be_visible(timeout=slow)
    # What was being tried out when it was stopped is kept, too; nothing more, two gestures later.
    assert int(progress.inner_text().split()[0]) - int(stopped.split()[0]) in (0, 1)
    stopped = progress.inner_text()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=slow)
    expect(progress).not_to_have_text(stopped, timeout=slow)
    assert int(progress.inner_text().split()[0]) >= int(stopped.split()[0])
    page.get_by_role("radio", name="Signals").click()
    expect(page.locator(".at-verdict")).to_contain_text("Gradient", timeout=slow)
    expect(progress).to_have_count(0)


def test_a_cell_of_the_map_opens_as_a_comparison_that_the_link_keeps(look: Look) -> None:
    page = look(PRESETS["tutorial"].experiment, "look=compare&vary=every")
    cells = page.locator(".at-map .textpoint")
    expect(cells).to_have_count(len(CELLS))
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    at = CELLS.index((XavierUniform.kind, "Tanh"))
    box = cells.nth(at).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".at-variant_1")).to_contain_text("Xavier uniform · Tanh")
    expect(page.locator(".at-variant_1")).to_contain_text("of 20 seeds")
    expect(page).to_have_url(re.compile("both2=xavier_uniform_-Tanh"))
    page.reload()
    expect(page.locator(".at-variant_1")).to_contain_text("Xavier uniform · Tanh")
    page.locator(".at-variant_1").get_by_role("button", name="Take this one").click()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    expect(page.locator(".at-variant_1").get_by_role("button")).to_have_count(0)


def test_many_quick_choices_end_at_the_last(look: Look) -> None:
    page = look(PRESETS["tutorial"].experiment, "look=signals")
    for name in ("20 seeds", "this seed", "100 seeds", "20 seeds", "100 seeds"):
        page.get_by_role("radio", name=name).click()
    expect(page.locator(".at-courses")).to_contain_text("over 100 seeds")
    expect(page).to_have_url(re.compile("seeds=100"))
    page.get_by_role("radio", name="Compare").click()
    for label in ("Identity matrix", "Zeros", "Ones"):
        page.get_by_role("combobox", name="Variant 2").select_option(label=label)
    expect(page.locator(".at-variant_1")).to_contain_text("Ones")
