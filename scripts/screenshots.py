"""Take the pictures in the README anew, from the real pages."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect, sync_playwright

from builder.formats.link import to_token
from builder.zoo.presets import PRESETS
from scripts.server import ARGUMENTS, CHROMIUM, ROOT, served

PICTURES = ROOT / "docs" / "pictures"


@dataclass(frozen=True)
class Look:
    """A page with its views, what must be there before it is photographed, and how it is looked at."""

    page: str = "/"
    views: str = ""
    ready: str = ".at-softmax .js-plotly-plot .bars"
    scheme: Literal["light", "dark"] = "light"
    language: str = "en"
    size: tuple[int, int] = (1366, 768)
    preset: str = "tutorial"
    at: str = "linear1"
    presses: tuple[tuple[str, str], ...] = ()  # buttons, each with what is there after it


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
    "build-resnet": Look(ready=".at-network_drawing svg .node", preset="resnet18", at="layer2.residual1"),
    "build-memory": Look(views="view=memory", preset="lenet5", at="conv2"),
    "initialise-weights": Look("/initialise", ready=".main-svg .bars", preset="mnist", at="linear2"),
    "initialise-signals": Look("/initialise", "look=signals", ".main-svg .scatter", "dark", preset="deep_sigmoid"),
    "initialise-compare": Look("/initialise", "look=compare", ".main-svg .bars"),
    "forward": Look("/forward", "x=1.5+-0.3+-2.2", ".at-after .cell", at="sigmoid1"),
    "forward-dark": Look("/forward", "", ".at-after .cell", "dark", "zh", at="linear2"),
    "train": Look(
        "/train",
        'training={"data":{"kind":"spirals"}}',
        ".at-obstacle button",
        preset="deep_relu",
        presses=(("Fit the network to this data", "[data-stands='on 0']"), ("Train", "[data-stands='on 800']")),
    ),
    "learn": Look("/learn", "", ".at-layer_list li"),
}


def photograph(browser: Browser, address: str, look: Look, path: Path) -> None:
    width, height = look.size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=look.scheme)
    token = to_token(PRESETS[look.preset].experiment)
    page.goto(f"{address}{look.page}?n={token}&at={look.at}&lang={look.language}&{look.views}")
    for state in ("[data-test-connection-state=CONNECTED]", "[data-test-script-state=notRunning]"):
        page.locator(f"[data-testid=stApp]{state}").wait_for(state="attached")
    page.locator(look.ready).first.wait_for()
    for button, then in look.presses:
        page.get_by_role("button", name=button, exact=True).click()
        page.locator(then).wait_for(timeout=60_000)
    expect(page.locator(".chart:not(:has(.main-svg))")).to_have_count(0, timeout=30_000)
    page.screenshot(path=path, animations="disabled")
    if path.stat().st_size < 20_000:
        raise RuntimeError(f"{path} is blank")
    page.close()


def main() -> None:
    """Take all pictures, or those whose names are given."""
    wanted = {name: LOOKS[name] for name in sys.argv[1:]} or LOOKS
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with served(Path(folder) / "log.txt") as address:
            for name, look in wanted.items():
                photograph(browser, address, look, PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
