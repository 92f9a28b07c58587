"""Blocks on the real page: ResNet-18 from a blank network by pointing and clicking; open and close; links of large networks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from builder.formats.link import to_token
from builder.layers.blocks import Residual
from builder.network.planner import make_plan
from builder.zoo.presets import FIRST_STEPS, PRESETS
from tests.browser.conftest import Open, settled
from tests.browser.hand import choose, enter, expect_network, linked, number, press, row, titles, tool
from tests.depth import is_deep

RESNET = PRESETS["resnet18"].experiment


class Hand:
    """What a person does on the page, each as a click or an entry."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def add(self, label: str, name: str) -> None:
        """Add a layer behind the selected one."""
        choose(self.page, "+ Other layer …", label)
        self.selected(name)

    def selected(self, path: str) -> None:
        expect(self.page.locator(".at-inspector h2")).to_have_text(path)

    def select(self, path: str) -> None:
        name = path.rpartition(".")[2]
        depth = path.count(".")
        rows = row(self.page, name).and_(self.page.locator(f'li[style*="--depth: {depth}"]'))
        rows.last.locator(".row").click()
        self.selected(path)

    def set(self, **numbers: int) -> None:
        """Enter options of the selected layer, by their labels."""
        for label, value in numbers.items():
            field = number(self.page, label.replace("_", " "))
            enter(field, str(value))
            expect(field).to_have_value(str(value))

    def switch(self, label: str) -> None:
        self.page.locator(".at-inspector").get_by_role("checkbox", name=label, exact=True).click()

    def convolution(self, path: str, filters: int, **numbers: int) -> None:
        """Add a 3 × 3 convolution without bias, that keeps the size unless it has a stride."""
        self.add("Conv2d (images)", path)
        self.set(Filters=filters, Padding=1, **numbers)
        self.switch("Bias")

    def body(self, parent: str, filters: int, stride: int = 1) -> None:
        """The five layers of a basic block."""
        self.convolution(f"{parent}conv1", filters, Stride=stride)
        self.add("BatchNorm2d (images)", f"{parent}batchnorm1")
        self.add("ReLU", f"{parent}relu1")
        self.convolution(f"{parent}conv2", filters)
        self.add("BatchNorm2d (images)", f"{parent}batchnorm2")

    def wrap(self, first: str, last: str, kind: str, made: str) -> None:
        """Wrap the rows from `first` to `last` in a block."""
        press(self.page, first)
        self.selected(first)
        press(self.page, last, "Shift")
        tool(self.page, kind).click()
        self.selected(made)

    def mend(self, label: str) -> None:
        self.page.locator(".at-hints").get_by_role("button", name=label).click()


def test_resnet_18_is_built_from_blank_by_pointing_and_clicking(app: Open) -> None:
    """To the end if deep; else as far as its first shortcut."""
    page = app("/")
    hand = Hand(page)
    choose(page, "Network", "New (blank)")
    expect(page.locator(".totals")).to_contain_text("0 parameters")
    press(page, "Input")
    choose(page, "Kind", "Image")
    hand.set(Channels=3, Height=224, Width=224)

    hand.add("Conv2d (images)", "conv1")
    hand.set(Filters=64, Kernel_size=7, Stride=2, Padding=3)
    hand.switch("Bias")
    hand.add("BatchNorm2d (images)", "batchnorm1")
    hand.add("ReLU", "relu1")
    hand.add("MaxPool2d (images)", "maxpool1")
    hand.set(Kernel_size=3, Stride=2, Padding=1)

    # layer 1: a residual block and its ReLU, twice
    hand.convolution("conv2", 64)
    hand.add("BatchNorm2d (images)", "batchnorm2")
    hand.add("ReLU", "relu2")
    hand.convolution("conv3", 64)
    hand.add("BatchNorm2d (images)", "batchnorm3")
    hand.wrap("conv2", "batchnorm3", "Residual", "residual1")
    hand.add("ReLU", "relu3")
    hand.wrap("residual1", "relu3", "Repeat", "repeat1")
    expect(page.locator(".at-inspector")).to_contain_text("2 copies, one behind the other")

    # layer 2: half the size, twice the filters, so that the first block needs a shortcut
    hand.convolution("conv4", 128, Stride=2)
    hand.add("BatchNorm2d (images)", "batchnorm4")
    hand.add("ReLU", "relu4")
    hand.convolution("conv5", 128)
    hand.add("BatchNorm2d (images)", "batchnorm5")
    hand.wrap("conv4", "batchnorm5", "Residual", "residual2")
    expect(page.locator(".at-hints")).to_contain_text("128 × 28 × 28 and 64 × 56 × 56 can't be merged")
    hand.mend("Add a shortcut that fits to residual2")
    expect(row(page, "residual2")).to_contain_text("64 × 56 × 56 → 128 × 28 × 28")
    if not is_deep():
        return
    hand.add("ReLU", "relu5")
    hand.convolution("conv6", 128)
    hand.add("BatchNorm2d (images)", "batchnorm6")
    hand.add("ReLU", "relu6")
    hand.convolution("conv7", 128)
    hand.add("BatchNorm2d (images)", "batchnorm7")
    hand.wrap("conv6", "batchnorm7", "Residual", "residual3")
    hand.add("ReLU", "relu7")
    hand.wrap("residual2", "relu7", "Group", "block1")

    # layers 3 and 4: a copy each, with more filters
    for copy, filters in (("block2", 256), ("block3", 512)):
        row(page, "block1" if copy == "block2" else "block2").get_by_role(
            "button", name=re.compile("^Duplicate")
        ).click()
        expect(titles(page).filter(has_text=re.compile(f"^{copy}$"))).to_be_visible()
        network = linked(page, lambda experiment, copy=copy: copy in experiment.network.by_path).network  # type: ignore[misc]
        for path, layer in network.by_path.items():
            if path.startswith(f"{copy}.") and layer.kind == "Conv2d":
                open_to(page, path)
                hand.select(path)
                hand.set(Filters=filters)
        press(page, copy)

    hand.add("AdaptiveAvgPool2d (images)", "adaptiveavgpool1")
    hand.add("Flatten", "flatten1")
    choose(page, "Activation of the new layer", "no activation")
    page.get_by_role("button", name="+ Dense layer", exact=True).click()
    hand.selected("linear1")
    hand.set(Neurons=1000)

    expect(page.locator(".totals")).to_contain_text("11,689,512 parameters")
    expect(page.locator(".totals")).to_contain_text("1.814 G MACs a row")
    network = linked(page, lambda experiment: make_plan(experiment.network).count == 11_689_512).network
    assert make_plan(network).macs == make_plan(RESNET.network).macs


def open_to(page: Page, path: str) -> None:
    """Open the blocks around the layer at `path`."""
    names = path.split(".")[:-1]
    for depth, name in enumerate(names):
        rows = row(page, name).and_(page.locator(f'li[style*="--depth: {depth}"]')).last
        expect(rows).to_be_visible()
        if "is-open" not in (rows.get_attribute("class") or ""):
            rows.locator(".toggle").click()
            expect(rows).to_have_class(re.compile("is-open"))


PUBLISHED = [key for key, preset in PRESETS.items() if preset.heading != FIRST_STEPS]


@pytest.mark.parametrize("preset", PUBLISHED if is_deep() else ["unet", "mobilenet_v2", "gpt3"])  # tests/app opens all
def test_each_published_network_opens_by_its_link_and_counts_as_the_plan_says(app: Open, preset: str) -> None:
    experiment = PRESETS[preset].experiment
    page = app(f"/?n={to_token(experiment)}&lang=en")
    expect(page.locator(".totals")).to_contain_text(f"{make_plan(experiment.network).count:,} parameters")
    expect(page.get_by_role("combobox", name="Network", exact=True).locator("option:checked")).to_have_text(
        PRESETS[preset].label.text()
    )
    expect(page.locator(".at-network_drawing svg .node").nth(3)).to_be_visible()


def test_a_block_opens_and_closes_in_list_and_drawing_and_a_reload_keeps_it(app: Open) -> None:
    page = app(f"/?n={to_token(RESNET)}&lang=en&at=conv1")
    clusters = page.locator(".at-network_drawing g.cluster")
    expect(titles(page)).to_have_count(12)  # the input and the network's own layers: all blocks are closed
    expect(clusters).to_have_count(0)
    row(page, "layer2").get_by_role("button", name="Open layer2").click()
    expect(titles(page)).to_have_count(15)
    expect(clusters).to_have_count(1)
    page.locator(".at-network_drawing .node", has_text="residual1").dblclick()
    expect(clusters).to_have_count(2)
    expect(page).to_have_url(re.compile(r"open=.*layer2\.residual1"))  # both: the link is written last
    page.reload()
    settled(page)
    expect(clusters).to_have_count(2)
    row(page, "layer2").locator(".row").focus()
    page.keyboard.press("ArrowLeft")
    expect(titles(page)).to_have_count(12)
    expect(clusters).to_have_count(0)
    expect(page.locator(".at-inspector h2")).to_have_text(re.compile("layer2|conv1"))


def test_the_drawing_has_a_button_that_opens_and_closes_a_block(app: Open) -> None:
    page = app(f"/?n={to_token(RESNET)}&lang=en&at=conv1")
    drawing = page.locator(".at-network_drawing")
    button = drawing.get_by_role("button", name="Open layer2", exact=True)
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(drawing.locator("g.cluster")).to_have_count(1)
    expect(page.locator(".at-inspector h2")).to_have_text("conv1")  # what is selected stays
    close = drawing.get_by_role("button", name="Close layer2", exact=True)
    expect(close).to_be_focused()
    expect(close).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(drawing.locator("g.cluster")).to_have_count(0)
    expect(drawing.get_by_role("button", name="Open layer2", exact=True)).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_where_ways_come_together_can_be_read(app: Open, scheme: str) -> None:
    page = app(f"/?n={to_token(PRESETS['encoder'].experiment)}&lang=en")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.reload()
    settled(page)
    sign = page.locator(".at-network_drawing .merge").first
    expect(sign).to_contain_text("+")
    colours = sign.evaluate("node => [...node.children].map(child => getComputedStyle(child).fill)")
    ground, ink = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert abs(ground - ink) > 3 * 100, colours


def test_a_layer_is_moved_past_a_closed_block(app: Open) -> None:
    page = app(f"/?n={to_token(RESNET)}&lang=en&at=maxpool")
    settled(page)
    row(page, "maxpool").locator(".row").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(titles(page).nth(4)).to_have_text("layer1")
    expect(titles(page).nth(5)).to_have_text("maxpool")
    moved = RESNET.with_network(RESNET.network.moved("maxpool", RESNET.network.paths.index("layer2") - 1, 0))
    expect_network(page, moved)
    assert [layer.name for layer in linked(page).network.layers][3:6] == ["layer1", "maxpool", "layer2"]


def test_one_row_is_wrapped_by_its_own_button(app: Open) -> None:
    page = app("/")
    press(page, "softmax1")
    row(page, "softmax1").get_by_role("button", name="Put softmax1 into a block").click()
    toolbar, wrapped = page.get_by_role("toolbar").bounding_box(), row(page, "softmax1").bounding_box()
    assert toolbar and wrapped and wrapped["y"] + wrapped["height"] <= toolbar["y"] + 1  # it does not lie over its row
    tool(page, "Residual").click()
    expect(page.locator(".at-inspector h2")).to_have_text("residual1")
    settled(page)
    expect(page).to_have_url(re.compile("at=residual1"))
    assert isinstance(linked(page).network.layer("residual1"), Residual)
