"""How soon a gesture is on the screen, as a multiple of what the smallest Streamlit app takes beside it in the same browser."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from builder.formats.link import to_token
from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from scripts.server import ARGUMENTS, CHROMIUM, served

LIMIT = 3.0  # what a gesture in the tutorial network may take, in times of the counter's click
COUNTER = """import streamlit as st

st.session_state.setdefault("count", 0)


def add():
    st.session_state.count += 1


st.button("add", on_click=add)
st.write(f"count {st.session_state.count}")
"""

# From the time stamp of the input event to the frame that shows what was waited for. Where it is shown may lie in a shadow root.
STOPWATCH = """([type, shown]) => {
    const roots = [document.body, ...[...document.querySelectorAll('*')].map(each => each.shadowRoot).filter(Boolean)];
    const isShown = () => shown.every(([selector, text]) => roots.some(root =>
        [...root.querySelectorAll(selector)].some(each => each.textContent.includes(text))));
    if (isShown()) throw new Error(`${JSON.stringify(shown)} is there before the gesture`);
    window.measured = new Promise(resolve => {
        let start = null;
        document.addEventListener(type, event => { start ??= event.timeStamp; }, { capture: true, once: true });
        const painted = () => requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now() - start);
            port2.postMessage(null); // comes behind the frame
        });
        const observer = new MutationObserver(() => {
            if (start === null || !isShown()) return;
            observer.disconnect();
            painted();
        });
        for (const root of roots) observer.observe(root, { childList: true, subtree: true, characterData: true, attributes: true });
    });
}"""
IDLE = "() => new Promise(done => requestAnimationFrame(() => requestIdleCallback(done, { timeout: 1000 })))"

Shown = list[tuple[str, str]]


@dataclass
class Measure:
    """One gesture in one app: `prepare(n)` makes ready and says what will be shown, `act(n)` is the gesture."""

    name: str
    page: Page
    event: str
    prepare: Callable[[int], Shown]
    act: Callable[[int], None]
    times: list[float] = field(default_factory=list)

    def run(self, n: int) -> None:
        self.page.bring_to_front()
        shown = self.prepare(n)
        wait_until_idle(self.page)
        self.page.evaluate(STOPWATCH, [self.event, shown])
        self.act(n)
        self.times.append(self.page.evaluate("measured"))
        wait_until_idle(self.page)

    @property
    def median(self) -> float:
        return median(self.times)


def wait_until_idle(page: Page) -> None:
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(state="attached")
    page.evaluate(IDLE)


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-US").new_page()
    page.goto(address)
    page.locator("[data-testid=stMain] button").first.wait_for()
    return page


def counting(page: Page) -> Measure:
    button = page.get_by_role("button", name="add")
    return Measure("counter: click", page, "click", lambda n: [("p", f"count {n + 1}")], lambda n: button.click())


def selecting(page: Page, name: str, experiment: Experiment) -> Measure:
    """A click on a row of the list, until the inspector is about that layer."""
    paths = experiment.network.paths[:6]  # the first is selected, and shown last
    titles = [page.locator(".at-layer_list .title").get_by_text(path, exact=True) for path in paths]

    def path(n: int) -> int:
        return (n + 1) % len(paths)

    return Measure(
        f"{name}: select",
        page,
        "click",
        lambda n: [("h2", paths[path(n)])],
        lambda n: titles[path(n)].click(),
    )


def resizing(page: Page, name: str, experiment: Experiment) -> Measure:
    """A number of neurons entered, until the row has its new shape and the totals their new count."""
    neurons = page.get_by_role("spinbutton", name="Neurons", exact=True)

    def prepare(n: int) -> Shown:
        page.locator(".at-layer_list .title").get_by_text("linear1", exact=True).click()
        page.locator(".at-inspector h2", has_text="linear1").wait_for()
        wait_until_idle(page)
        neurons.fill(str(4 + n))
        network = experiment.network.replaced(
            "linear1", experiment.network.layer("linear1").with_option("out_features", 4 + n)
        )
        return [(".shapes", f"3 → {4 + n}"), (".totals strong", f"{make_plan(network).count:,}")]

    return Measure(f"{name}: size", page, "keydown", prepare, lambda n: neurons.press("Enter"))


def deep(count: int) -> Experiment:
    """`count` layers, every other one with weights."""
    layers: list[Layer] = []
    for n in range(1, count // 2 + 1):
        layers += [Linear(name=f"linear{n}", out_features=3), ReLU(name=f"relu{n}")]
    return PRESETS["tutorial"].experiment.with_network(NetworkSpec(layers=tuple(layers)))


def measured(browser: Browser, counter: str, layerlab: str, rounds: int) -> list[Measure]:
    measures = [counting(opened(browser, counter))]
    for name, experiment in {"6 layers": PRESETS["tutorial"].experiment, "300 layers": deep(300)}.items():
        link = f"{layerlab}/?n={to_token(experiment)}&at=linear1&lang=en"
        measures += [gesture(opened(browser, link), name, experiment) for gesture in (selecting, resizing)]
    for n in range(rounds):
        for measure in measures:  # interleaved: what slows the machine for a while slows all of them
            measure.run(n)
    return measures


def report(measures: list[Measure]) -> str:
    unit = measures[0].median
    lines = [f"{'':18}{'median':>9}{'p90':>9}{'ratio':>8}"]
    for each in measures:
        late = sorted(each.times)[int(0.9 * len(each.times))]
        lines.append(f"{each.name:18}{each.median:6.0f} ms{late:6.0f} ms{each.median / unit:7.2f}×")
    for small, large in zip(measures[1:3], measures[3:5], strict=True):
        lines.append(f"{large.name} takes {large.median / small.median:.2f} times what 6 layers take")
    return "\n".join(lines)


def main() -> int:
    rounds = argparse.ArgumentParser(description=__doc__)
    rounds.add_argument("--rounds", type=int, default=40)
    count: int = rounds.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "counter.py"
        script.write_text(COUNTER, encoding="utf-8")
        log = Path(folder) / "log.txt"
        with served(log, str(script)) as counter, served(log) as layerlab, sync_playwright() as playwright:
            browser: Any = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            measures = measured(browser, counter, layerlab, count)
            browser.close()
    print(report(measures))
    slow = [each.name for each in measures[1:3] if each.median > LIMIT * measures[0].median]
    if slow:
        print(f"More than {LIMIT:g} times the smallest app: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
