"""The view of the weights in a browser: clicks on rows, keys, quick clicks, two languages, a reload, and no fault."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from builder.formats.link import to_token
from builder.initializers import KaimingNormal
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from tests.browser.conftest import watch

LAYERS = tuple(Linear(name=f"linear{n}", out_features=8, weight_init=KaimingNormal()) for n in range(300))
DEEP = Experiment(network=NetworkSpec(input=Features(in_features=8), layers=LAYERS))


@pytest.fixture
def faults(page: Page, address: str) -> list[str]:
    return watch(page, address)


def opened(page: Page, address: str, experiment: Experiment | None = None, **query: str) -> Page:
    network = {"n": to_token(experiment)} if experiment else {}
    page.goto(f"{address}/initialise?{urlencode(network | query)}")
    page.locator(".arithmetic").wait_for(timeout=60_000)
    page.locator(".js-plotly-plot .js-line").first.wait_for()  # the curve is drawn
    return page


def shown(page: Page, parameter: str) -> None:
    """The layer at large is that of `parameter`, and its row is marked."""
    expect(page.locator("p.small", has_text=f"{parameter} [")).to_be_visible()
    expect(page.get_by_role("button", name=parameter, exact=True)).to_have_attribute("aria-current", "true")


EVERY_ELEMENT = """() => {
    const count = root => [...root.querySelectorAll('*')].reduce((n, e) => n + 1 + (e.shadowRoot ? count(e.shadowRoot) : 0), 0);
    return count(document);
}"""


def test_a_row_leads_to_its_layer_by_mouse_and_by_keyboard(page: Page, address: str, faults: list[str]) -> None:
    opened(page, address)
    shown(page, "linear1.weight")
    page.get_by_role("row", name="linear2.bias").get_by_role("cell").last.click()
    shown(page, "linear2.bias")
    page.get_by_role("button", name="linear2.bias", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    shown(page, "out.weight")
    page.reload()
    shown(page, "out.weight")
    assert faults == []


def test_ten_quick_clicks_are_ten_layers_and_the_table_follows(page: Page, address: str, faults: list[str]) -> None:
    opened(page, address, DEEP, at="linear15")
    following = page.get_by_role("button", name="Next layer")
    for _ in range(10):
        following.click()
    shown(page, "linear25.weight")
    expect(page.get_by_role("button", name="linear25.weight", exact=True)).to_be_in_viewport()
    page.get_by_role("button", name="Layers after").click()
    shown(page, "linear40.weight")
    assert faults == []


def test_the_number_of_elements_does_not_grow_with_the_network(page: Page, address: str) -> None:
    few = Experiment(network=DEEP.network.with_layers(LAYERS[:25]))
    shown(opened(page, address, few), "linear0.weight")
    small = page.evaluate(EVERY_ELEMENT)
    shown(opened(page, address, DEEP), "linear0.weight")
    assert 500 < page.evaluate(EVERY_ELEMENT) < 1.1 * small


def test_new_weights_show_another_sample_and_undo_brings_the_first_back(page: Page, address: str) -> None:
    opened(page, address)
    cell = page.get_by_role("row", name="linear1.weight").get_by_role("cell").nth(3)
    first = cell.inner_text()
    for _ in range(3):
        page.get_by_role("button", name="New weights").click()
    expect(cell).not_to_have_text(first)
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    expect(cell).to_have_text(first)
