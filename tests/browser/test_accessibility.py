"""Every page in every state against WCAG 2.1 A and AA, as axe-core sees it in the real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, product
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from builder.core.options import options_of
from builder.formats.link import to_token
from builder.layers import LAYERS
from builder.layers.linear import Linear
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from scripts.server import ROOT
from tests.browser.conftest import watch
from tests.depth import combined, is_deep

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
Scheme = Literal["light", "dark"]
# Each look is taken at a part of all there is. Neighbours differ in the theme: colours are the same in either language.
LOOKS: list[tuple[str, Scheme]] = [("en", "light"), ("zh", "dark"), ("zh", "light"), ("en", "dark")]
PATHS = ["/" if page.stem == "build" else f"/{page.stem}" for page in sorted((ROOT / "pages").glob("[!_]*.py"))]
# A kind for each form there is: kinds with options of the same types have the same fields.
FORMS = {frozenset(option.type for option in options_of(kind)): kind for kind in LAYERS.values()}
LARGE = Linear(name="linear1", out_features=1_000_000)
NETWORKS = {
    "blank": PRESETS["blank"].experiment,
    "too large to be built": Experiment(network=NetworkSpec(input=Features(in_features=1_000_000), layers=(LARGE,))),
    "a batch of one row": Experiment(network=PRESETS["deep_relu"].experiment.network, batch=Batch(rows=1)),
    "every form": Experiment(
        network=NetworkSpec(layers=tuple(kind(name=f"layer{n}") for n, kind in enumerate(FORMS.values())))
    ),
}

pytestmark = pytest.mark.skipif(
    not AXE.exists() and "CI" not in os.environ, reason="no axe-core: `make setup` brings it where there is npm"
)


# All that the script sent is drawn: charts come last, and colours that fade in are read at their end.
DRAWN = """() => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
    && document.querySelector('.sheet .panel')
    && [...document.querySelectorAll('.sheet *')].every(
        ({ shadowRoot }) => !shadowRoot || shadowRoot.querySelector('.panel > *, .list > li, tbody > tr, svg'))
    && [...document.querySelectorAll('.chart')].every(chart => chart.querySelector('.main-svg'))
    && !document.getAnimations().some(animation => animation.playState === 'running')"""

AUDIT = """async ([within, rules]) => {
    const options = { runOnly: rules, elementRef: true, resultTypes: ['violations'] };
    const { violations } = await axe.run(within ?? document, options);
    // What is scrolled half out of the drawing axe takes for missing, and half a name is no name.
    const isCut = element => {
        const seen = element.closest('.viewport')?.getBoundingClientRect(), box = element.getBoundingClientRect();
        return seen && (box.left < seen.left || box.right > seen.right);
    };
    const isAllowed = (id, element) => id === 'label-content-name-mismatch' && isCut(element);
    return violations.flatMap(({ id, nodes }) => nodes
        .filter(({ element }) => !isAllowed(id, element))
        .map(({ html, failureSummary }) => `${id}: ${html}\\n${failureSummary}`));
}"""


@dataclass
class Looked:
    """A tab in which pages are opened in one language and theme."""

    page: Page
    address: str
    language: str

    def open(self, path: str = "/", experiment: Experiment = PRESETS["tutorial"].experiment, at: str = "") -> Page:
        self.page.goto(f"{self.address}{path}?n={to_token(experiment)}&at={at}&lang={self.language}")
        return drawn(self.page)


@pytest.fixture
def look(request: pytest.FixtureRequest, page: Page, address: str) -> Iterator[Looked]:
    """The look that the test's parameter, of `LOOKS`, says: the first if it has none."""
    given: tuple[str, Scheme] = getattr(request, "param", LOOKS[0])
    language, scheme = given
    page.emulate_media(color_scheme=scheme)
    faults = watch(page, address)
    yield Looked(page, address, language)
    assert faults == []


def in_look(n: int) -> pytest.MarkDecorator:
    """In one look; in all of them if deep."""
    return pytest.mark.parametrize("look", LOOKS if is_deep() else [LOOKS[n]], ids="-".join, indirect=True)


def in_looks_by_turns(name: str, cases: Sequence[Any]) -> pytest.MarkDecorator:
    """Each of `cases`, as the argument `name`, in one look; in all of them if deep."""
    rows = combined(cases, LOOKS) if is_deep() else list(zip(cases, cycle(LOOKS), strict=False))
    ids = [" ".join([*([case] if isinstance(case, str) else case), *look]) for case, look in rows]
    return pytest.mark.parametrize((name, "look"), rows, ids=ids, indirect=["look"])


def drawn(page: Page) -> Page:
    page.wait_for_function(DRAWN, timeout=60_000)
    return page


def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe-core finds on what is shown now, or inside of `within`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(AUDIT, [within, RULES])
    return found


def expect_no_violation(page: Page, within: str | None = None) -> None:
    drawn(page)
    found = violations(page, within)
    assert not found, "\n\n".join(found)


@in_looks_by_turns("path", PATHS)
def test_a_page_has_no_violation_in_any_of_its_views(look: Looked, path: str) -> None:
    page = look.open(path)
    expect_no_violation(page)
    views = page.locator("[role=radio][aria-checked=false]:not([lang])")
    for name in reversed(views.all_inner_texts()):  # the views within a view before the other views
        before = page.url
        page.get_by_role("radio", name=name, exact=True).click()
        expect(page).not_to_have_url(before)  # the link is written last
        expect_no_violation(page)


@in_looks_by_turns("case", list(product(NETWORKS, PATHS)))
def test_a_network_with_something_to_say_has_no_violation(look: Looked, case: tuple[str, str]) -> None:
    network, path = case
    expect_no_violation(look.open(path, NETWORKS[network], at="linear1"))


@in_looks_by_turns("path", PATHS)
def test_a_page_has_no_violation_on_a_phone(look: Looked, path: str) -> None:
    look.page.set_viewport_size({"width": 390, "height": 844})
    short = PRESETS["perceptron"].experiment  # axe takes what is scrolled out of a drawing for missing
    expect_no_violation(look.open(path, short))


@in_look(1)
def test_a_refused_entry_has_no_violation(look: Looked) -> None:
    page = look.open(at="linear1")
    field = page.locator(".at-inspector").get_by_role("spinbutton").first
    field.fill("0")
    field.press("Enter")
    expect(page.locator(".refusal")).to_be_visible()
    expect_no_violation(page)


@in_look(2)
def test_a_damaged_link_has_no_violation(look: Looked) -> None:
    page = look.page
    page.goto(f"{look.address}/?n=1.damaged&lang={look.language}")
    drawn(page)
    expect(page.locator(".refusal")).to_be_visible()
    expect_no_violation(page)


@in_looks_by_turns("panel", ["share", "download_drawing"])
def test_an_open_panel_has_no_violation(look: Looked, panel: str) -> None:
    page = look.open()
    page.locator(f".at-{panel} > .opener").click()
    expect(page.get_by_role("dialog").locator("[name^=download_]").first).to_be_visible()
    expect_no_violation(page)


@in_look(3)
def test_an_open_help_has_no_violation(look: Looked) -> None:
    page = look.open(at="linear1")
    page.locator(".at-inspector .help").first.focus()
    expect(page.locator(".at-inspector .tip")).to_be_visible()
    expect_no_violation(page)


@in_look(1)
def test_no_form_of_a_layer_has_a_violation(look: Looked) -> None:
    experiment = NETWORKS["every form"]
    page = look.open(experiment=experiment)
    for name in experiment.network.paths:
        page.locator(".at-layer_list .title").get_by_text(name, exact=True).click()
        expect(page.locator(".at-inspector h2")).to_have_text(name)
        expect_no_violation(page, ".at-inspector")
