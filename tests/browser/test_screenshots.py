"""The pictures in the README, made by `make screenshots` from the real pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from builder.formats.link import to_token
from builder.zoo.presets import PRESETS
from scripts.server import ROOT
from tests.browser.conftest import settled

PICTURES = ROOT / "docs" / "pictures"


@dataclass(frozen=True)
class Look:
    """A page with its views, what must be there before it is photographed, and how it is looked at."""

    page: str = "/"
    views: str = ""
    ready: str = ".st-key-softmax .js-plotly-plot .bars"
    scheme: str = "light"
    language: str = "en"
    size: tuple[int, int] = (1366, 768)
    preset: str = "tutorial"
    at: str = "linear1"


NEURONS = Look(views="drawing=neurons", ready="g.neuron")
LOOKS = {
    "build-light": Look(),
    "build-dark": Look(scheme="dark"),
    "build-chinese": Look(language="zh"),
    "build-chinese-dark": Look(language="zh", scheme="dark"),
    "build-projector": Look(size=(1920, 1080)),
    "build-phone": Look(size=(390, 844)),
    "build-neurons": NEURONS,
    "build-neurons-dark": Look(views="drawing=neurons", ready="g.neuron", scheme="dark"),
    "build-resnet": Look(ready=".st-key-network_drawing svg .node", preset="resnet18", at="layer2.residual1"),
    "build-memory": Look(views="view=memory", preset="lenet5", at="conv2"),
    "initialise-weights": Look("/initialise", ready=".main-svg .bars", preset="mnist", at="linear2"),
    "initialise-signals": Look("/initialise", "look=signals", ".main-svg .scatter", "dark", preset="deep_sigmoid"),
    "initialise-compare": Look("/initialise", "look=compare", ".main-svg .bars"),
    "forward": Look("/forward", "x=1.5+-0.3+-2.2", ".st-key-after .cell", at="sigmoid1"),
    "forward-dark": Look("/forward", "", ".st-key-after .cell", "dark", "zh", at="linear2"),
    "learn": Look("/learn", "", ".st-key-layer_list li"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_the_page_can_be_photographed(
    name: str, browser: Browser, address: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    look = LOOKS[name]
    width, height = look.size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=look.scheme)  # type: ignore[arg-type]
    page = context.new_page()
    token = to_token(PRESETS[look.preset].experiment)
    page.goto(f"{address}{look.page}?n={token}&at={look.at}&lang={look.language}&{look.views}")
    settled(page, look.ready)
    page.wait_for_function("document.querySelectorAll('[data-testid=stSkeleton]').length === 0")
    folder = PICTURES if request.config.getoption("--screenshots") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    assert path.stat().st_size > 20_000, "the picture is blank"
    context.close()
