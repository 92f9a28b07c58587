"""Two replicas behind nginx with the committed configuration: each student stays on one, and the end of that one ends nothing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, expect

from builder.formats.link import from_file, to_file, to_token
from scripts.server import ROOT, Server, free_port, serving, wait_until_it_answers
from tests.browser.conftest import settled, watch
from tests.browser.hand import enter, expect_network, number, wide

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CONFIGURATION = ROOT / "deploy" / "nginx.conf"
pytestmark = pytest.mark.skipif(NGINX is None and "CI" not in os.environ, reason="no nginx on this machine")


@dataclass(frozen=True)
class Lab:
    """The proxy's address, its log, and the replicas behind it by their addresses."""

    address: str
    log: Path
    replicas: dict[str, Server]

    def replica(self, context: BrowserContext) -> str:
        """Which replica answers the browser `context`."""
        context.request.get(f"{self.address}/_stcore/health")
        return self.log.read_text(encoding="utf-8").splitlines()[-1].split()[-1]


@contextmanager
def proxy(folder: Path, replicas: list[str]) -> Iterator[str]:
    """nginx's address, with the committed configuration before `replicas` instead of lab1 and lab2."""
    port, text = free_port(), CONFIGURATION.read_text(encoding="utf-8")
    for name, address in {"lab1:8501": replicas[0], "lab2:8501": replicas[1], "listen 8080": f"listen {port}"}.items():
        assert text.count(name) == 1
        text = text.replace(name, address)
    file = folder / "nginx.conf"
    file.write_text(text.replace("/tmp/", f"{folder}/"), encoding="utf-8")
    assert NGINX, "CI runs the replicas, and there is no nginx on this machine"
    command = [NGINX, "-p", str(folder), "-c", str(file), "-g", f"daemon off; pid {folder}/nginx.pid;"]
    with (folder / "nginx.log").open("ab") as log:
        nginx = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until_it_answers(nginx, f"http://127.0.0.1:{port}", folder / "nginx.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        nginx.terminate()
        nginx.wait(20)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    folder.chmod(0o755)
    with serving(folder / "1.txt") as first, serving(folder / "2.txt") as second:
        replicas = {server.address.removeprefix("http://"): server for server in (first, second)}
        with proxy(folder, list(replicas)) as address:
            yield Lab(address, folder / "nginx.log", replicas)
    said = (folder / "nginx.log").read_text(encoding="utf-8")
    assert "?" not in said and "127.0.0.1 - -" not in said  # nobody's work, and nobody's address
    assert "Traceback" not in (folder / "1.txt").read_text() + (folder / "2.txt").read_text()


@pytest.fixture
def students(browser: Browser) -> Iterator[list[BrowserContext]]:
    contexts = [browser.new_context(locale="en-US", viewport={"width": 1366, "height": 768}) for _ in range(16)]
    yield contexts
    for context in contexts:
        context.close()


def test_a_class_is_on_both_replicas_and_when_one_is_killed_its_student_works_on(
    lab: Lab, students: list[BrowserContext]
) -> None:
    places = [lab.replica(student) for student in students]
    assert set(places) == set(lab.replicas)  # one in 2^15 that a fair coin always falls on the same side
    assert [lab.replica(student) for student in students] == places  # by the cookie; their address is the same

    pages = {place: students[places.index(place)].new_page() for place in lab.replicas}
    for page, below in zip(pages.values(), ("", "/lab"), strict=True):
        faults = watch(page, lab.address)
        page.goto(f"{lab.address}{below}/?at=linear1")
        enter(number(settled(page), "Neurons"), "4")
        expect_network(page, wide(4))
        page.get_by_role("button", name="Share").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download .json").click()
        assert from_file(download.value.path().read_bytes()) == wide(4)
        opened: FilePayload = {
            "name": "network.json",
            "mimeType": "application/json",
            "buffer": to_file(wide(5)).encode(),
        }
        page.locator("input[type=file]").set_input_files(opened)
        expect_network(page, wide(5))
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Forward").click()
        page.wait_for_url(f"**{below}/forward?*")
        page.get_by_role("link", name="Build").click()
        expect_network(settled(page), wide(5))
        assert faults == []

    place, page = next(iter(pages.items()))
    assert lab.replica(page.context) == place
    os.killpg(lab.replicas[place].pid, signal.SIGKILL)
    enter(number(page, "Neurons"), "6")
    expect(page).to_have_url(re.compile(re.escape(to_token(wide(6)))), timeout=5_000)
    assert lab.replica(page.context) != place


def test_the_longest_link_passes(lab: Lab, students: list[BrowserContext]) -> None:
    assert students[0].request.get(f"{lab.address}/?n={'a' * 60_000}").ok
    answer = students[0].request.get(f"{lab.address}/lab?n=1", max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (308, "/lab/?n=1")
