"""A real browser in front of a real server: started as users start it, with the system's Chromium and no download."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebSocket, expect

from scripts.server import ARGUMENTS, CHROMIUM, served

# At each deep link Streamlit looks for its base path; that it is not there is no fault.
PROBES = ("/_stcore/health", "/_stcore/host-config")

Open = Callable[..., Page]

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser. Where there is none a person reads that it was not run, and CI fails."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and "CI" not in os.environ:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    assert CHROMIUM, "CI runs the browser tests, and there is no Chromium on this machine"
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1366, "height": 768}, "locale": "en-US"}


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server that all tests of a worker share."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with served(log) as url:
        yield url
    said = log.read_text(encoding="utf-8")
    assert not ("Traceback" in said and "/builder/" in said), said  # an exception that passed through our code


@pytest.fixture(scope="module")
def context(browser: Browser, browser_context_args: dict[str, Any], address: str) -> Iterator[BrowserContext]:
    """The tests of a module are tabs of one context: Streamlit's scripts are loaded and compiled once, which halves the time of a page.

    Another module gets a process of its own: one that has shown a hundred pages is slow to collect what they left.
    """
    context = browser.new_context(**browser_context_args)
    context.new_page().goto(f"{address}/_stcore/health")  # while this tab is open the process that they share lives
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


def settled(page: Page, ready: str = ".totals") -> Page:
    """Wait until the script has run and the page shows it, `ready` among the rest."""
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for(state="attached", timeout=60_000)
    page.locator(ready).first.wait_for(timeout=60_000)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(state="attached", timeout=60_000)
    return page


def watch(page: Page, address: str) -> list[str]:
    """Everything that must not happen on a page: errors in scripts or on the console, requests to outside."""
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        probe = "404" in message.text and str(message.location.get("url", "")).endswith(PROBES)
        if message.type == "error" and not probe:
            faults.append(message.text)

    def asked(request: Request | WebSocket) -> None:
        if not request.url.startswith(
            (f"{address}/", f"{address}?", f"{address.replace('http', 'ws')}/", "data:", "blob:")
        ):
            faults.append(f"outside: {request.url}")

    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", heard)
    page.on("request", asked)
    page.on("websocket", asked)
    return faults


@pytest.fixture
def app(page: Page, address: str) -> Iterator[Open]:
    """`app("/?lang=zh")` opens a page and waits for it; the test fails on whatever `watch` sees, and on any exception shown."""
    faults = watch(page, address)

    def go(path: str = "/", ready: str = ".totals") -> Page:
        page.goto(address + path)
        return settled(page, ready)

    yield go
    assert page.get_by_test_id("stException").count() == 0
    assert faults == []
