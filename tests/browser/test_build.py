"""The student's path on the real page."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from builder.formats.link import from_file, to_file, to_token
from builder.formats.torch_source import to_python
from builder.initializers import XavierUniform
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.runtime.module import build_module
from tests.browser.conftest import Open, settled
from tests.browser.hand import (
    TUTORIAL,
    choose,
    enter,
    expect_network,
    expect_the_tutorials_numbers,
    linked,
    number,
    row,
)


def neurons(count: int) -> Experiment:
    """The tutorial network with `count` neurons in its first layer."""
    network = TUTORIAL.network
    return TUTORIAL.with_network(
        network.replaced("linear1", network.layer("linear1").with_option("out_features", count))
    )


def with_gain(count: int, gain: float) -> Experiment:
    """The same with `gain` in the initializer of the first layer."""
    network = neurons(count).network
    layer = network.layer("linear1")
    return TUTORIAL.with_network(
        network.replaced("linear1", layer.with_option("weight_init", XavierUniform(gain=gain)))
    )


def test_from_a_blank_network_the_tutorial_network_takes_at_most_twenty_clicks_or_entries(app: Open) -> None:
    page = app("/")
    gestures = 0

    def pick(label: str, option: str) -> None:
        nonlocal gestures
        choose(page, label, option)
        gestures += 2

    def click(name: str) -> None:
        nonlocal gestures
        page.get_by_role("button", name=name, exact=True).click()
        gestures += 1

    def type_in(field: Locator, value: str) -> None:
        nonlocal gestures
        enter(field, value)
        gestures += 1

    def selected(name: str) -> None:
        expect(page.locator(".at-inspector h2")).to_have_text(name)

    pick("Network", "New (blank)")
    expect(page.locator(".totals")).to_contain_text("0 parameters")
    pick("Activation of the new layer", "with Sigmoid")
    click("+ Dense layer")
    selected("linear1")
    pick("Weights", "Xavier uniform")
    expect(row(page, "linear1")).to_contain_text("Xavier uniform")
    pick("Activation of the new layer", "with ReLU")
    click("+ Dense layer")
    selected("linear2")
    type_in(number(page, "Neurons"), "2")
    expect(row(page, "linear2")).to_contain_text("3 → 2")
    pick("Weights", "He (Kaiming) normal")
    expect(row(page, "linear2")).to_contain_text("He (Kaiming) normal")
    pick("Activation of the new layer", "with Softmax")
    click("+ Dense layer")
    selected("linear3")
    type_in(page.get_by_role("textbox", name="Name", exact=True), "out")
    selected("out")

    expect_network(page, TUTORIAL)
    assert gestures <= 20
    expect_the_tutorials_numbers(page)
    page.get_by_role("radio", name="Summary").click()
    summary = page.locator("pre.summary")
    for line in ("Linear-1 +\\[5, 3\\] +12", "Linear-2 +\\[5, 2\\] +8", "Linear-3 +\\[5, 2\\] +6", "Total params: 26"):
        expect(summary).to_contain_text(re.compile(line))
    for line in ("Trainable params: 26", "Non-trainable params: 0", "Input size (MB): 0.00", "Params size (MB): 0.00"):
        expect(summary).to_contain_text(line)
    expect(summary).to_contain_text("Forward/backward pass size (MB): 0.00")
    expect(summary).to_contain_text("Estimated Total Size (MB): 0.00")


def test_the_page_opens_on_the_tutorial_network_on_one_screen(app: Open) -> None:
    page = app("/")
    expect_the_tutorials_numbers(page)
    expect(page.locator("g.node")).to_have_count(7)
    expect(page.locator(".at-softmax .js-plotly-plot")).to_be_visible()
    for panel in ("layers", "drawing", "inspector", "softmax"):
        box = page.locator(f".at-{panel}").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 768
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 768


def test_a_click_in_the_drawing_selects_the_layer_everywhere(app: Open) -> None:
    page = app("/")
    page.locator("g.node", has_text="linear2").click()
    expect(page.locator(".at-inspector h2")).to_have_text("linear2")
    expect(page.locator("g.node", has_text="linear2")).to_have_attribute("aria-pressed", "true")
    expect(row(page, "linear2").locator("[aria-current=true]")).to_be_visible()
    expect(page).to_have_url(re.compile("at=linear2"))


def test_layers_are_moved_duplicated_and_removed_in_the_list_and_brought_back(app: Open) -> None:
    page = app("/")
    names = page.locator(".at-layer_list li .title")
    row(page, "linear2").click()
    row(page, "linear2").get_by_role("button", name="Duplicate linear2").click()
    expect(names).to_have_text(["Input", "linear1", "sigmoid1", "linear2", "linear3", "relu1", "out", "softmax1"])
    row(page, "linear3").hover()
    row(page, "linear3").get_by_role("button", name="Remove linear3").click()
    expect(names).to_have_count(7)
    row(page, "sigmoid1").hover()
    row(page, "sigmoid1").get_by_role("button", name="Move sigmoid1 down").click()
    expect(names).to_have_text(["Input", "linear1", "linear2", "sigmoid1", "relu1", "out", "softmax1"])
    undo = page.get_by_role("button", name="Undo")
    undo.click()
    expect(names).to_have_text(["Input", "linear1", "sigmoid1", "linear2", "relu1", "out", "softmax1"])
    undo.click()
    expect(names).to_have_count(8)
    undo.click()
    expect_network(page, TUTORIAL)
    expect(undo).to_be_disabled()


def test_bad_entries_are_answered_in_place_and_lose_nothing(app: Open) -> None:
    page = app("/")
    field, said = number(page, "Neurons"), page.locator(".at-inspector .refusal")
    for entry, sentence in {
        "0": "Neurons must be at least 1; 0 is too small.",
        "-3": "Neurons must be at least 1; -3 is too small.",
        "2.5": "Neurons must be a whole number; 2.5 is not.",
        "1e30": "Neurons must be at most 1,000,000; 1e30 is too large.",
        "<b>three</b>": "Neurons needs a number.",
    }.items():
        enter(field, entry)
        expect(said).to_have_text(sentence)
        expect_network(page, TUTORIAL)
    enter(field, "4")
    expect(said).to_have_count(0)
    expect(page.locator(".totals")).to_contain_text("32 parameters +6")
    number(page, "Gain").press("ControlOrMeta+a")
    number(page, "Gain").press_sequentially("0")
    for _ in range(3):
        number(page, "Gain").press("ArrowUp")
    expect(number(page, "Gain")).to_have_value("0.3")  # steps of a tenth leave no noise
    expect(page).to_have_url(re.compile(re.escape(to_token(with_gain(4, 0.3)))))
    name = page.get_by_role("textbox", name="Name", exact=True)
    enter(name, "class")
    expect(said).to_have_text("“class” is a word of Python itself; “class_” would do.")
    enter(name, "first")
    expect(row(page, "first")).to_be_visible()


def test_a_rename_leaves_the_focus_and_what_is_typed_next_counts(app: Open) -> None:
    page = app("/")
    page.get_by_role("textbox", name="Name", exact=True).fill("foo")
    number(page, "Neurons").click()
    number(page, "Neurons").press("ControlOrMeta+a")
    number(page, "Neurons").press_sequentially("42")
    number(page, "Neurons").press("Enter")
    expect(row(page, "foo")).to_contain_text("3 → 42")


def test_a_refused_entry_is_not_dropped_in_silence(app: Open) -> None:
    page = app("/")
    number(page, "Neurons").fill("-4")
    row(page, "relu1").click()
    expect(page.locator(".refusal")).to_have_text("Neurons must be at least 1; -4 is too small.")
    expect_network(page, TUTORIAL)


def test_rapid_clicks_are_all_counted_and_none_is_lost(app: Open) -> None:
    page = app("/")
    up = page.locator(".at-inspector [data-step='1']").first
    for _ in range(12):
        up.click(no_wait_after=True)
    expect(row(page, "linear1")).to_contain_text("3 → 15")
    add = page.get_by_role("button", name="+ Dense layer")
    for _ in range(6):
        add.click(no_wait_after=True)
    expect(page.locator(".at-layer_list li")).to_have_count(19)
    undo = page.get_by_role("button", name="Undo")
    for _ in range(4):
        undo.click(no_wait_after=True)
    expect(page.locator(".at-layer_list li")).to_have_count(11)
    names = linked(page, lambda experiment: len(experiment.network.paths) == 10).network.paths
    assert names[:6] == ("linear1", "sigmoid1", "linear3", "relu2", "linear4", "relu3")


def test_reload_back_and_a_second_tab_show_what_the_link_says(app: Open, address: str) -> None:
    page = app("/")
    enter(number(page, "Neurons"), "7")
    expect(row(page, "linear1")).to_contain_text("3 → 7")
    expect_network(page, neurons(7))  # the link is written last
    page.reload()
    settled(page)
    expect(row(page, "linear1")).to_contain_text("3 → 7")
    other = page.context.new_page()
    other.goto(page.url)
    settled(other)
    enter(number(other, "Neurons"), "9")
    expect(row(other, "linear1")).to_contain_text("3 → 9")
    expect(row(page, "linear1")).to_contain_text("3 → 7")
    other.close()
    enter(number(page, "Neurons"), "8")
    expect(row(page, "linear1")).to_contain_text("3 → 8")
    expect_network(page, neurons(8))
    page.go_back()
    expect(row(page, "linear1")).to_contain_text("3 → 7")


def test_the_softmax_chart_follows_its_controls(app: Open) -> None:
    page = app("/")
    chart = page.locator(".at-softmax .js-plotly-plot")
    expect(chart.get_by_text("Probabilities (its output)")).to_be_visible()
    expect(chart.get_by_text("Logits (before softmax)")).to_be_visible()
    expect(chart.locator(".xtick, .x2tick", has_text="Σ 1.000")).to_have_count(5)  # below the probabilities alone
    enter(number(page, "Batch size"), "3")
    expect(chart.locator(".xtick, .x2tick", has_text="Σ 1.000")).to_have_count(3)
    page.get_by_role("button", name="Draw again").click()
    expect(number(page, "Input seed")).to_have_value("1")
    row(page, "softmax1").hover()
    row(page, "softmax1").get_by_role("button", name="Remove softmax1").click()
    expect(chart.get_by_text("Softmax of the output")).to_be_visible()
    expect(page.locator(".at-softmax")).to_contain_text("The network ends in Linear, not in softmax")


def test_the_module_and_its_parameters_can_be_looked_at(app: Open) -> None:
    page = app("/")
    page.get_by_role("radio", name="Module").click()
    numbers = page.locator(".at-numbers")
    expect(numbers.locator(".code pre").first).to_contain_text(
        "(linear1): Linear(in_features=3, out_features=3, bias=True)"
    )
    expect(numbers.locator("table")).to_contain_text("linear1.weight")
    expect(numbers.locator(".js-plotly-plot")).to_be_visible()
    first = repr(build_module(make_plan(TUTORIAL.network)).get_parameter("linear1.weight").detach()).splitlines()[0]
    expect(numbers.locator(".code pre").last).to_contain_text(first)


def test_the_code_is_shown_in_both_forms_and_downloaded(app: Open) -> None:
    page = app("/")
    page.get_by_role("radio", name="Code").click()
    code = page.locator(".at-numbers .code")
    expect(code).to_contain_text("class Model(nn.Module):")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .py").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert "nn.init.xavier_uniform_(self.linear1.weight)" in text
    assert download.value.suggested_filename == "model.py"
    page.get_by_role("radio", name="nn.Sequential").click()
    expect(code).to_contain_text("nn.Sequential(")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code.hover()
    code.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == to_python(make_plan(TUTORIAL.network), TUTORIAL.batch, "sequential").strip()


def test_the_language_switch_translates_the_page_and_keeps_the_network(app: Open) -> None:
    page = app("/")
    page.get_by_role("radio", name="中文").click()
    expect(page.get_by_role("button", name="+ Dense layer")).to_have_count(0)
    expect(page.locator(".totals")).to_contain_text("参数")
    expect(page).to_have_url(re.compile("lang=zh"))
    expect_network(page, TUTORIAL)
    page.reload()
    settled(page)
    expect(page.locator(".totals")).to_contain_text("参数")
    row(page, "linear2").click()
    expect(page.locator(".at-inspector h2")).to_have_text("linear2")
    page.get_by_role("radio", name="EN").click()
    expect(page.locator(".totals")).to_contain_text("26 parameters")
    page.get_by_role("button", name="+ Dense layer").click()
    expect(row(page, "linear3")).to_be_visible()
    page.get_by_role("radio", name="Summary").click()
    expect(page.locator("pre.summary")).to_contain_text("Linear-4")
    page.get_by_role("radio", name="中文").click()
    expect(page.locator(".totals")).to_contain_text("参数")
    page.get_by_role("button", name="撤销").click()
    expect_network(page, TUTORIAL)


def test_a_network_is_shared_as_link_code_and_file_and_opened_again(app: Open, tmp_path: Path) -> None:
    page = app("/")
    page.get_by_role("button", name="Share").click()
    panel = page.get_by_role("dialog")
    expect(panel.locator(".code pre")).to_contain_text(to_token(TUTORIAL))
    expect(panel.get_by_role("img")).to_be_visible()
    with page.expect_download() as download:
        panel.get_by_role("button", name="Download .json").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert from_file(text.encode()) == TUTORIAL
    file = tmp_path / "network.json"
    file.write_text(to_file(neurons(7)), encoding="utf-8")
    panel.locator("input[type=file]").set_input_files(file)
    expect_network(page, neurons(7))
    bad = tmp_path / "bad.json"
    bad.write_text('{"layerlab": "1", "batch": {"rows": 0}}', encoding="utf-8")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.get_by_role("button", name="Share").click()
    panel.locator("input[type=file]").set_input_files(bad)
    expect(page.locator(".refusal")).to_have_text("Batch size must be at least 1; 0 is too small.")
    expect_network(page, neurons(7))


def test_the_number_of_places_on_the_page_does_not_grow_with_the_network(app: Open, address: str) -> None:
    def places(experiment: Experiment) -> int:
        page = app(f"/?n={to_token(experiment)}&at=linear1")
        return int(page.evaluate("document.querySelectorAll('.sheet [data-id]').length"))

    network = TUTORIAL.network
    while len(network.layers) < 300:
        network = network.duplicated("relu1")
    assert 10 < places(TUTORIAL.with_network(network)) == places(TUTORIAL)
