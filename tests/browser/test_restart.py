"""What a class sees when the server is restarted, forgets a page that slept, or can't be reached for a while."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.server import free_port, served
from tests.browser.cable import cable
from tests.browser.conftest import settled, watch
from tests.browser.hand import enter, linked, number, wide
from tests.depth import is_deep

BACK = "The connection was lost and is back"


@pytest.fixture
def page(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """A page of a browser context of its own: what other tests left busy must not delay a reconnection."""
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


def widen(page: Page, count: int) -> None:
    """Enter `count` neurons, and see that they count."""
    enter(number(page, "Neurons"), str(count))
    linked(page, lambda experiment: experiment == wide(count))
    expect(page.locator(".totals")).to_contain_text(f"{4 * count} + ")


def expect_disconnected(page: Page) -> None:
    page.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])").wait_for(state="attached")


def test_after_a_restart_the_next_edit_counts_and_the_page_says_what_happened(page: Page, tmp_path: Path) -> None:
    log, port = tmp_path / "log.txt", free_port()
    with served(log, port=port) as address:
        page.goto(f"{address}/?at=linear1")
        widen(settled(page), 4)
    expect_disconnected(page)
    with served(log, port=port):
        expect(page.get_by_role("alert")).to_contain_text(BACK)
        expect(page.get_by_role("button", name="Undo")).to_be_disabled()
        widen(page, 5)
        expect(page.get_by_role("alert")).to_have_count(0)  # said once
        page.get_by_role("button", name="Undo").click()
        linked(page, lambda experiment: experiment == wide(4))
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_on_the_other_pages_too(page: Page, tmp_path: Path) -> None:
    log, port = tmp_path / "log.txt", free_port()
    at_pages = ("initialise", "forward", "learn") if is_deep() else ("forward",)
    tabs = [page, *(page.context.new_page() for _ in at_pages[1:])]
    with served(log, port=port) as address:
        for tab, at_page in zip(tabs, at_pages, strict=True):
            tab.goto(f"{address}/{at_page}?at=linear1&lang=zh")
            settled(tab, ".at-head h1")
    with served(log, port=port):
        for tab in tabs:
            expect(tab.get_by_role("alert")).to_contain_text("连接曾经中断", timeout=60_000)
            tab.get_by_role("link", name="搭建").click()
            enter(number(settled(tab), "神经元数"), "5")
            linked(tab, lambda experiment: experiment == wide(5))


def test_a_lost_connection_loses_no_edit_and_no_undo(page: Page, tmp_path: Path) -> None:
    with served(tmp_path / "log.txt") as address, cable(urlparse(address).port or 0) as line:
        page.goto(f"{line.address}/?at=linear1")
        widen(settled(page), 4)
        line.cut()
        expect_disconnected(page)
        enter(number(page, "Neurons"), "5")  # nobody hears it yet
        line.mend()
        linked(page, lambda experiment: experiment == wide(5))
        expect(page.get_by_role("alert")).to_have_count(0)  # the visit is the same: there is nothing to say
        page.get_by_role("button", name="Undo").click()
        linked(page, lambda experiment: experiment == wide(4))


def test_a_page_that_slept_beyond_its_session_begins_a_new_one(page: Page, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with (
        served(log, STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="0") as address,  # seconds
        cable(urlparse(address).port or 0) as line,
    ):
        page.goto(f"{line.address}/?at=linear1")
        widen(settled(page), 4)
        line.cut()
        expect_disconnected(page)
        line.mend()
        expect(page.get_by_role("alert")).to_contain_text(BACK)
        widen(page, 5)


def test_the_app_can_be_served_below_a_path(page: Page, tmp_path: Path) -> None:
    with served(tmp_path / "log.txt", below="lab") as address:
        faults = watch(page, address)
        page.goto(f"{address}/?at=linear1")
        widen(settled(page), 4)
        page.get_by_role("link", name="Forward").click()
        page.wait_for_url(lambda url: urlparse(url).path == "/lab/forward")
        settled(page, ".at-head h1")
        assert faults == []
