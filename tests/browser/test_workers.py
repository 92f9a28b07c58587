"""Served by two processes: whichever answers, each page works whole, its files too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from builder.formats.link import from_file, to_file
from scripts.server import Server, family, serving
from tests.browser.conftest import settled
from tests.browser.hand import enter, expect_network, number, wide

STUDENTS = 3


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "log.txt", workers=2) as server:
        yield server
    assert "Traceback" not in (tmp_path / "log.txt").read_text(encoding="utf-8")


def test_every_page_works_whole_whichever_process_answers(browser: Browser, server: Server) -> None:
    assert len(list(family(server.pid))) > 2  # the one that was started, and the two that serve
    pages = [browser.new_context(locale="en-US").new_page() for _ in range(STUDENTS)]
    for page in pages:
        page.goto(f"{server.address}/?at=linear1")
    for count, page in enumerate(pages, 4):
        enter(number(settled(page), "Neurons"), str(count))
        expect_network(page, wide(count))
    for count, page in enumerate(pages, 4):
        page.get_by_role("button", name="Share").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download .json").click()
        assert from_file(download.value.path().read_bytes()) == wide(count)
        other = to_file(wide(count + STUDENTS)).encode()
        page.locator("input[type=file]").set_input_files(
            {"name": "network.json", "mimeType": "application/json", "buffer": other}
        )
        expect_network(page, wide(count + STUDENTS))
        page.context.close()
