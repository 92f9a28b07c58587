"""The network learns in a real browser: made to fit, mended, trained, stopped, taken back, compared; and its script does the same."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from builder.formats.link import to_token
from builder.zoo.presets import PRESETS
from tests.browser.conftest import Open
from tests.browser.hand import choose, enter, number

STANDS = "[data-stands^='on ']"


def standing(page: Page, step: int | str) -> None:
    """Wait until the run stands still at this step."""
    page.locator(f"[data-stands='on {step}']").wait_for(timeout=120_000)


def opened(app: Open, preset: str, data: str, language: str = "en") -> Page:
    return app(
        f'/train?n={to_token(PRESETS[preset].experiment)}&lang={language}&training={{"data":{{"kind":"{data}"}}}}',
        ".at-head h1",
    )


def act(page: Page, name: str) -> None:
    page.locator(".at-run").get_by_role("button", name=name, exact=True).click()


def downloaded(page: Page, label: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=label).click()
    return download.value.path().read_bytes()


def test_spirals_are_learned_and_the_script_gives_the_same_curve(app: Open, tmp_path: Path) -> None:
    page = opened(app, "deep_sigmoid", "spirals")
    page.get_by_role("button", name="Fit the network to this data").click()
    standing(page, 0)
    expect(page.locator(".at-run canvas[aria-label^='What the network gives']")).to_be_visible()
    mend = page.get_by_role("button", name=re.compile("instead of 10 sigmoids"))
    mend.click(timeout=60_000)
    expect(mend).to_have_count(0, timeout=60_000)
    enter(number(page, "Epochs"), "12")
    expect(page.locator(".at-run .where")).to_contain_text("step 0 of 96", timeout=60_000)
    act(page, "One step")
    standing(page, 1)
    act(page, "One epoch")
    standing(page, 8)
    act(page, "Train")
    standing(page, 96)
    expect(page.locator(".at-run")).to_contain_text("All of 12 epochs are done.")
    slider = page.locator(".at-run").get_by_role("slider")
    slider.focus()
    slider.press("ArrowLeft")
    page.locator(f"{STANDS}:not([data-stands='on 96'])").wait_for()
    act(page, "Train")
    standing(page, 96)
    expect(page.locator(".at-run")).to_contain_text("All of 12 epochs are done.")
    said = page.locator(".at-run .twin").inner_text()

    (tmp_path / "train.py").write_bytes(downloaded(page, "Download the script"))
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    *_, last = csv.DictReader((tmp_path / "curve.csv").read_text(encoding="utf-8").splitlines())
    assert f"{float(last['train_loss']):.3g}" in said and f"{float(last['valid_loss']):.3g}" in said
    assert downloaded(page, "Download the weights")[8:9] == b"{"

    page.get_by_text("See these weights on all pages").click()
    page.get_by_role("link", name="Forward").click()
    expect(page.get_by_text("training came to, at step 96")).to_be_visible()
    page.get_by_role("link", name="Train").click()
    standing(page, 96)

    choose(page, "Optimiser", "SGD")
    standing(page, 0)
    expect(page.locator(".at-runs_table")).to_contain_text("Adam, 0.01")
    page.locator(".at-runs_table").get_by_role("button", name="Run 1").click()
    expect(number(page, "Learning rate")).to_have_value("0.01")


def test_a_csv_file_is_learned_from_and_asked_for_again(app: Open, page: Page, tmp_path: Path) -> None:
    rows = [f"{n},{n % 7 + (n % 3) * 10},{('猫', 'dog', '<b>bird')[n % 3]}" for n in range(60)]
    file = tmp_path / "animals.csv"
    file.write_text("\n".join(["id,size,kind", *rows]) + "\n", encoding="utf-8")
    opened(app, "deep_relu", "iris")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("“id” differs in every row").first).to_be_visible()
    page.get_by_role("button", name="Fit the network to this data").click()
    standing(page, 0)
    act(page, "One epoch")
    page.locator(f"{STANDS}:not([data-stands='on 0'])").wait_for(timeout=60_000)
    page.locator(".at-run").get_by_role("radio", name="Confusion matrix").click()
    expect(page.locator(".at-run table.confusion")).to_contain_text("<b>bird")
    page.reload()
    expect(page.get_by_text("Open the file again")).to_be_visible()
    page.locator("input[type=file]").set_input_files(file)
    standing(page, 0)
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\x00\x01\x02")
    page.locator("input[type=file]").set_input_files(bad)
    expect(page.get_by_role("alert").first).to_be_visible()
    standing(page, 0)  # nothing is lost


def test_another_learning_rate_does_not_begin_anew(app: Open) -> None:
    page = opened(app, "xor", "xor", "zh")
    standing(page, 0)
    act(page, "训练一轮")
    page.locator(f"{STANDS}:not([data-stands='on 0'])").wait_for(timeout=60_000)
    stands = page.locator(STANDS).get_attribute("data-stands")
    enter(number(page, "学习率"), "0.002")
    expect(page.locator(".at-run .where")).to_contain_text("0.002")
    assert page.locator(STANDS).get_attribute("data-stands") == stands
