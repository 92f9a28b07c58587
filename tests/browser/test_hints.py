"""What the page says of a network, and the clicks that mend and show it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from builder.analysis.advice import advise
from builder.formats.link import to_token
from builder.initializers import XavierNormal
from builder.network.planner import make_plan
from builder.zoo.presets import PRESETS
from tests.browser.conftest import Open
from tests.browser.hand import expect_network, row

DEEP = PRESETS["deep_relu"].experiment


def test_each_hint_says_why_shows_where_and_is_mended_with_one_click(app: Open) -> None:
    xavier = DEEP.network.layer("linear3").with_option("weight_init", XavierNormal())
    network = DEEP.network.replaced("linear3", xavier)
    page = app(f"/?n={to_token(DEEP.with_network(network))}&at=out")
    hints = page.locator(".at-hints")
    first, *_ = advise(make_plan(network), 5)
    expect(hints).to_contain_text(first.message.text())
    hints.get_by_role("button", name="Show").first.click()
    expect(page).to_have_url(re.compile("at=linear3"))
    expect(page.locator(".at-numbers table")).to_contain_text("linear3.weight")
    hints.get_by_role("button", name="Use He weights in linear3").click()
    expect(row(page, "linear3")).to_contain_text("He (Kaiming) normal")
    expect_network(page, DEEP)
    expect(hints).not_to_contain_text("Xavier")
    page.get_by_role("button", name="Undo").click()
    expect(hints).to_contain_text(first.message.text())


def test_many_hints_stay_on_the_screen_and_the_second_softmax_is_removed(app: Open) -> None:
    tutorial = PRESETS["tutorial"].experiment
    network = tutorial.network.duplicated("softmax1")
    zeros = network.layer("linear1").with_option("weight_init", {"kind": "zeros_"})
    network = network.replaced("linear1", zeros)
    page = app(f"/?n={to_token(tutorial.with_network(network))}")
    box = page.locator(".at-hints").bounding_box()
    assert box and box["y"] + box["height"] <= 768
    page.locator(".at-hints").get_by_role("button", name="Remove softmax1", exact=True).click()
    expect(page.locator(".at-layer_list li .title")).to_have_text(
        ["Input", "linear1", "sigmoid1", "linear2", "relu1", "out", "softmax2"]
    )


def test_an_empty_network_is_begun_from_its_hint(app: Open) -> None:
    page = app(f"/?n={to_token(PRESETS['blank'].experiment)}")
    page.get_by_role("button", name="Add a dense layer").click()
    expect(row(page, "linear1")).to_contain_text("3 → 3")
