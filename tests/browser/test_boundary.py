"""A part that fails in a real browser: after a gesture of which only the workbench is drawn again."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from builder.ui.parts.boundary import FAILED
from scripts.server import served
from tests.browser.conftest import settled, watch
from tests.browser.hand import enter, linked, row


def test_a_part_fails_in_its_own_place_and_comes_back(page: Page, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with served(log, "tests/browser/faulty_app.py") as address:
        faults = watch(page, address)
        page.goto(address)
        settled(page)
        side, said = page.locator(".at-inspector"), page.get_by_text(FAILED.text())
        enter(page.get_by_role("textbox", name="Name", exact=True), "broken")
        expect(side.get_by_text(FAILED.text())).to_be_visible()
        expect(said).to_have_count(1)
        row(page, "relu1").locator(".title").click()
        expect(side).to_contain_text("relu1")
        expect(said).to_have_count(0)
        row(page, "broken").locator(".title").click()
        expect(said).to_have_count(1)
        page.get_by_role("button", name="Undo").click()
        linked(page, lambda experiment: "broken" not in experiment.network.paths)
        expect(said).to_have_count(0)
        expect(side).to_contain_text("3 neurons with 3 weights and 1 bias each")
        assert page.get_by_test_id("stException").count() == 0 and faults == []
    assert "Traceback" in log.read_text(encoding="utf-8") and "/builder/" in log.read_text(encoding="utf-8")
