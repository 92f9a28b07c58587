"""The pictures in the README, made by `make screenshots` from the real page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from builder.presets import PRESETS
from builder.share import to_token
from tests.browser.conftest import ROOT, settled

PICTURES = ROOT / "docs" / "pictures"
LOOKS = {
    "light": ("light", "en", 1366, 768),
    "neurons": ("light", "en", 1366, 768),
    "neurons-dark": ("dark", "en", 1366, 768),
    "dark": ("dark", "en", 1366, 768),
    "chinese": ("light", "zh", 1366, 768),
    "chinese-dark": ("dark", "zh", 1366, 768),
    "projector": ("light", "en", 1920, 1080),
    "phone": ("light", "en", 390, 844),
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_can_be_photographed(
    look: str, browser: Browser, address: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    scheme, language, width, height = LOOKS[look]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/?n={to_token(PRESETS['tutorial'].experiment)}&at=linear1&lang={language}")
    settled(page)
    if look.startswith("neurons"):
        page.get_by_role("radio", name="By neuron").click()
        page.locator("g.neuron").first.wait_for()
        settled(page)
    page.locator(".st-key-softmax .js-plotly-plot .bars").first.wait_for()
    folder = PICTURES if request.config.getoption("--screenshots") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"build-{look}.png"
    page.screenshot(path=path, animations="disabled")
    assert path.stat().st_size > 20_000, "the picture is blank"
    context.close()
