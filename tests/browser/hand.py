"""What a hand does on the page that builds, and what it waits to see."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Locator, Page, expect

from builder.formats.link import from_token, to_token
from builder.network.experiment import Experiment
from builder.zoo.presets import PRESETS

TUTORIAL = PRESETS["tutorial"].experiment


def wide(count: int) -> Experiment:
    """The tutorial network with `count` neurons in its first layer."""
    layer = TUTORIAL.network.layer("linear1").with_option("out_features", count)
    return TUTORIAL.with_network(TUTORIAL.network.replaced("linear1", layer))


def row(page: Page, name: str) -> Locator:
    """The row of the list with the layer `name`."""
    title = page.locator(".title", has_text=re.compile(f"^{name}$"))
    return page.locator(".at-layer_list li").filter(has=title)


def number(page: Page, label: str) -> Locator:
    return page.get_by_role("spinbutton", name=label, exact=True)


def enter(field: Locator, value: str) -> None:
    field.fill(value)
    field.press("Enter")


def choose(page: Page, label: str, option: str) -> None:
    """Two clicks: open the list, take the option."""
    page.get_by_role("combobox", name=label, exact=True).select_option(label=option)


def _carried(url: str) -> Experiment:
    return from_token(parse_qs(urlparse(url).query)["n"][0])


def linked(page: Page, holds: Callable[[Experiment], bool] = lambda experiment: True) -> Experiment:
    """What the link carries, once that `holds`: it is written last, when the page has long been showing it."""
    page.wait_for_url(lambda url: holds(_carried(url)))
    return _carried(page.url)


def expect_network(page: Page, experiment: Experiment) -> None:
    """Wait until the link holds the network of `experiment`."""
    expect(page).to_have_url(re.compile(re.escape(to_token(experiment))))


def expect_the_tutorials_numbers(page: Page) -> None:
    expect(page.locator(".totals")).to_contain_text("26 parameters")
    expect(page.locator(".totals")).to_contain_text("12 + 8 + 6")
    expect(page.locator(".totals")).to_contain_text("26 trainable")
    breakdown = page.locator(".at-numbers table")
    for line in ("3 × 3 weights + 3 biases = 12", "2 × 3 weights + 2 biases = 8", "2 × 2 weights + 2 biases = 6"):
        expect(breakdown).to_contain_text(line)
    expect(page.locator(".agree")).to_have_text("✓ plan 26 = module 26 = exported program 26")


def titles(page: Page) -> Locator:
    return page.locator(".at-layer_list li .title")


def press(page: Page, name: str, *modifiers: str) -> None:
    row(page, name).locator(".row").click(modifiers=list(modifiers))  # type: ignore[arg-type]


def tool(page: Page, name: str) -> Locator:
    return page.get_by_role("toolbar").get_by_role("button", name=name, exact=True)
