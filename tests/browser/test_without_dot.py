"""On a machine without Graphviz the browser draws the network itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import settled, start_server, watch


def test_the_drawing_is_there_without_the_dot_program(page: Page, tmp_path: Path) -> None:
    assert shutil.which("dot", path=str(tmp_path)) is None
    server, address = start_server(tmp_path / "log.txt", PATH=str(tmp_path))
    try:
        faults = watch(page, address)
        page.goto(address)
        settled(page)
        chart = page.get_by_test_id("stGraphVizChart")
        expect(chart.locator("g.node")).to_have_count(7)
        expect(chart).to_contain_text("softmax1")
        assert faults == []
    finally:
        server.terminate()
        server.wait(20)
    assert os.environ["PATH"] != str(tmp_path)
