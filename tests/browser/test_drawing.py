"""The drawing on the real page: its two views, what a click and the keys do in them, and its files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from playwright.sync_api import Locator, Page, expect

from builder.formats.link import to_token
from builder.layers.activations import ReLU
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import signals
from builder.zoo.presets import PRESETS
from tests.browser.conftest import Open, settled

TUTORIAL = PRESETS["tutorial"].experiment
MNIST = PRESETS["mnist"].experiment
QUARTER = """edge => {
  const line = edge.querySelector('path'), at = line.getPointAtLength(line.getTotalLength() / 4);
  const { x, y } = new DOMPoint(at.x, at.y).matrixTransform(line.getScreenCTM());
  return [x, y];
}"""


def by_neuron(page: Page) -> Page:
    page.get_by_role("radio", name="By neuron").click()
    expect(page.locator("g.neuron").first).to_be_visible()
    return settled(page)


def node(page: Page, title: str) -> Locator:
    return page.locator(f'g.node[data-title="{title}"]')


def tip(page: Page) -> Locator:
    return page.locator(".at-network_drawing .tip")


def link(experiment: Experiment, at: str = "linear1") -> str:
    return f"/?n={to_token(experiment)}&at={at}"


def test_the_two_views_show_the_same_network_and_take_the_same_room(app: Open) -> None:
    page = app("/")
    panel = page.locator(".at-drawing")
    expect(page.locator(".at-network_drawing .insert")).to_have_count(6)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    before = panel.bounding_box()
    by_neuron(page)
    expect(page.locator("g.neuron")).to_have_count(10)
    expect(page.locator("g.weight")).to_have_count(19)
    expect(page.locator("g.caption")).to_have_text(["Input 3", "linear1 Sigmoid", "linear2 ReLU", "out Softmax"])
    expect(page.locator(".at-network_drawing .insert")).to_have_count(0)
    assert panel.bounding_box() == before
    assert panel.evaluate("p => p.scrollHeight <= p.clientHeight"), "nothing of the panel is hidden"
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 768
    head = page.locator(".at-weights_seed").bounding_box()
    assert head is not None and head["height"] < 40, "the head of the panel is one line"
    view = page.locator(".at-network_drawing .viewport")
    assert view.evaluate("v => v.scrollWidth <= v.clientWidth && v.scrollHeight <= v.clientHeight"), "it fits"
    page.get_by_role("radio", name="By layer").click()
    expect(page.locator("g.node")).to_have_count(7)


def test_pointing_at_a_line_shows_the_exact_weight(app: Open) -> None:
    page = by_neuron(app("/"))
    weight = build_module(make_plan(TUTORIAL.network)).get_parameter("linear1.weight").detach()
    for i, j in ((0, 1), (2, 0), (1, 1)):
        line = page.locator(f'g.weight[data-title="input layer/{j}->linear1/{i}"]')
        page.mouse.move(*line.evaluate(QUARTER))
        expect(tip(page)).to_contain_text(f"linear1.weight[{i}, {j}] = ")
        said = (tip(page).text_content() or "").splitlines()[0].rpartition(" = ")[2]
        assert weight.new_tensor(float(said)) == weight[i, j]
        expect(line).to_have_class(re.compile("lit"))
        expect(page.locator("g.weight.lit")).to_have_count(1)
    node(page, "linear1/0").hover()
    expect(tip(page)).to_contain_text("linear1 · neuron 1 of 3")
    expect(page.locator("g.weight.lit")).to_have_count(5)
    page.get_by_role("radio", name="By neuron").hover()
    expect(tip(page)).to_be_hidden()
    expect(page.locator("g.weight.lit")).to_have_count(0)


def test_another_row_of_the_batch_shows_its_own_values(app: Open) -> None:
    page = by_neuron(app("/"))
    plan = make_plan(TUTORIAL.network)
    module = build_module(plan)

    def expect_row(row: int) -> None:
        values = signals(module, plan, TUTORIAL.batch, row)
        for path, title in (("", "input layer"), ("sigmoid1", "linear1"), ("softmax1", "out")):
            first = node(page, f"{title}/0").locator("text").first
            expect(first).to_have_text(f"{float(values[path][0]):#.3g}".replace("-", "−"))

    expect_row(0)
    page.get_by_role("combobox", name="Row of the batch").select_option(label="Row 3 of 5")
    expect_row(2)
    expect(page.locator("g.node.legend")).to_contain_text("row 3 of 5")
    page.get_by_role("button", name="New weights").click()
    expect(node(page, "input layer/0").locator("text").first).to_have_text(
        f"{float(signals(module, plan, TUTORIAL.batch, 2)[''][0]):#.3g}".replace("-", "−")
    )


def test_a_click_on_a_neuron_or_on_its_caption_selects_the_layer_everywhere(app: Open) -> None:
    page = by_neuron(app("/"))
    heading = page.locator(".at-inspector h2")
    node(page, "linear2/1").click()
    expect(heading).to_have_text("linear2")
    expect(page).to_have_url(re.compile("at=linear2"))
    expect(page.locator(".at-network_drawing [aria-pressed=true]")).to_have_count(3)
    page.locator("g.caption", has_text="out").click()
    expect(heading).to_have_text("out")
    expect(node(page, "out/0")).to_have_attribute("aria-pressed", "true")
    page.locator(".at-layer_list li", has_text="sigmoid1").click()
    expect(heading).to_have_text("sigmoid1")
    expect(node(page, "linear1/2")).to_have_attribute("aria-pressed", "true")


def test_a_selection_leaves_the_drawing_as_it_is(app: Open) -> None:
    page = by_neuron(app("/"))
    page.locator(".at-network_drawing svg").evaluate("svg => { svg.dataset.same = 'yes'; }")
    node(page, "linear2/0").click()
    expect(page).to_have_url(re.compile("at=linear2"))
    settled(page)
    expect(page.locator(".at-network_drawing svg")).to_have_attribute("data-same", "yes")


def test_the_neurons_are_reached_by_keys(app: Open) -> None:
    page = by_neuron(app("/"))
    expect(page.locator(".at-network_drawing [data-kind][tabindex='0']")).to_have_count(1)
    node(page, "linear1/0").focus()
    for key, title in {
        "ArrowDown": "linear1/1",
        "ArrowRight": "linear2/0",
        "ArrowLeft": "linear1/0",
        "End": "out",
        "Home": "input layer/0",
    }.items():
        page.keyboard.press(key)
        expect(node(page, title)).to_be_focused()
    expect(tip(page)).to_contain_text("input 1 of 3")
    page.keyboard.press("Escape")
    expect(tip(page)).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="linear1 · neuron 1 of 3, 0.961, b 0.15", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".at-inspector h2")).to_have_text("linear1")
    expect(node(page, "linear1/0")).to_be_focused()


def test_a_wide_network_shows_its_ends_in_a_few_elements(app: Open) -> None:
    page = by_neuron(app(link(MNIST)))
    expect(page.locator("g.more")).to_have_text(["… 780 more", "… 508 more", "… 252 more", "… 6 more"])
    wide = page.locator(".at-network_drawing svg *").count()
    by_neuron(app(link(TUTORIAL)))
    expect(page.locator("g.neuron")).to_have_count(10)
    assert wide < 3 * page.locator(".at-network_drawing svg *").count()


def test_a_deep_network_shows_a_window_that_can_be_moved(app: Open) -> None:
    pairs = [(Linear(name=f"linear{n}", out_features=2), ReLU(name=f"relu{n}")) for n in range(1, 101)]
    network = NetworkSpec(input=Features(in_features=2), layers=tuple(layer for pair in pairs for layer in pair))
    page = by_neuron(app(link(Experiment(network=network))))
    expect(page.locator("g.caption")).to_have_count(12)
    page.get_by_role("button", name="… 178 more layers").click()
    expect(page.locator(".at-inspector h2")).to_have_text("linear12")
    expect(page.locator("g.cut")).to_have_count(2)
    expect(node(page, "linear12/0")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("g.caption")).to_have_count(12)


def test_a_network_that_cannot_run_says_why_its_neurons_are_empty(app: Open) -> None:
    layers = (Linear(name="linear1", out_features=1_000_000), Linear(name="linear2", out_features=300_000))
    network = NetworkSpec(input=Features(in_features=100_000), layers=layers)
    page = by_neuron(app(link(Experiment(network=network))))
    expect(page.locator(".at-drawing")).to_contain_text("This network is too large to run here, so there are no")
    expect(page.locator("g.more")).to_have_text(["… 99,996 more", "… 999,996 more", "… 299,996 more"])
    expect(page.get_by_role("combobox", name="Row of the batch")).to_have_count(0)


@pytest.mark.parametrize("view", ["layers", "neurons"])
def test_the_drawing_is_downloaded_as_svg_png_pdf_and_dot(app: Open, view: str) -> None:
    page = app(link(MNIST) + "&lang=en")
    if view == "neurons":
        by_neuron(page)
    page.get_by_role("button", name="Download the drawing").click()
    panel = page.get_by_role("dialog")
    files = {}
    for name in ("SVG", "PNG", "PDF", "DOT"):
        with page.expect_download() as download:
            panel.get_by_role("button", name=name, exact=True).click()
        assert download.value.suggested_filename == f"{view}.{name.lower()}"
        files[name] = download.value.path().read_bytes()
    svg = ElementTree.fromstring(files["SVG"])
    texts = " ".join(svg.itertext())
    assert svg.tag.endswith("}svg") and "linear2" in texts and ("508 more" in texts) == (view == "neurons")
    assert files["PNG"].startswith(b"\x89PNG\r\n\x1a\n") and len(files["PNG"]) > 10_000
    assert files["PDF"].startswith(b"%PDF-")
    assert files["DOT"].startswith(b"digraph")
