"""On a machine without Graphviz the browser draws the network itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from builder.formats.link import to_token
from builder.layers.blocks import Residual
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.spec import NetworkSpec
from scripts.server import served
from tests.browser.conftest import settled, watch


@pytest.fixture(scope="module")
def without_dot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that finds no program at all."""
    folder = tmp_path_factory.mktemp("bare")
    assert shutil.which("dot", path=str(folder)) is None
    with served(folder / "log.txt", PATH=str(folder)) as address:
        yield address


@pytest.fixture
def bare(page: Page, without_dot: str) -> Iterator[Page]:
    faults = watch(page, without_dot)
    page.goto(without_dot)
    yield settled(page)
    assert faults == []


def test_a_chain_needs_no_dot_program(bare: Page) -> None:
    drawing = bare.get_by_role("group", name="Drawing of the network")
    expect(drawing.get_by_role("button", name="softmax1, Softmax")).to_be_visible()
    expect(bare.get_by_test_id("stGraphVizChart")).to_have_count(0)


def test_what_branches_is_drawn_by_the_browser(page: Page, without_dot: str) -> None:
    block = Residual(name="residual1", layers=(Linear(name="linear1", out_features=3),))
    page.goto(f"{without_dot}/?n={to_token(Experiment(network=NetworkSpec(layers=(block,))))}")
    chart = settled(page).get_by_test_id("stGraphVizChart")
    expect(chart.locator("g.node")).to_have_count(4)  # the input, a fork, a layer, a sum
    expect(chart).to_contain_text("linear1")


def test_so_are_the_neurons_and_only_dot_is_offered(bare: Page) -> None:
    bare.get_by_role("radio", name="By neuron").click()
    chart = bare.get_by_test_id("stGraphVizChart")
    expect(chart).to_contain_text("0.961")
    expect(chart.locator("g.neuron")).to_have_count(10)
    left, right = chart.locator("g.caption").first.bounding_box(), chart.locator("g.caption").last.bounding_box()
    assert left and right and right["x"] - left["x"] > 200 and abs(right["y"] - left["y"]) < 2, "each in its column"
    bare.get_by_role("button", name="Download the drawing").click()
    panel = bare.get_by_role("dialog")
    expect(panel).to_contain_text("Graphviz, which this server does not have")
    expect(panel.get_by_role("button")).to_have_text("DOT")
