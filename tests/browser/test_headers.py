"""The page under its policy: all that it does is allowed, and nothing that another site would have it do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from builder.formats.link import to_file
from scripts.server import served
from tests.browser.conftest import Open, settled
from tests.browser.hand import enter, expect_network, number, wide

ELSEWHERE = "http://layerlab.example/"
# The directive that refuses an attempt.
TRY = """attempt => new Promise(resolve => {
    document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective), { once: true });
    setTimeout(resolve, 5000, 'none');
    ({
        fetch: url => fetch(url, { mode: 'no-cors' }).catch(() => {}),
        socket: url => { new WebSocket(url.replace('http', 'ws')); },
        script: url => document.head.append(Object.assign(document.createElement('script'), { src: url })),
        inline: () => document.head.append(Object.assign(document.createElement('script'), { text: '1' })),
        image: url => { new Image().src = url; },
        style: () => document.head.append(Object.assign(document.createElement('style'), { textContent: 'p { color: red }' })),
        frame: url => document.body.append(Object.assign(document.createElement('iframe'), { src: url })),
        base: url => document.head.append(Object.assign(document.createElement('base'), { href: url })),
    })[attempt.what](attempt.url);
})"""


def test_all_pages_do_all_they_can_under_the_policy(app: Open) -> None:
    """That nothing was refused or asked of another server is what `app` watches for."""
    page = app("/?at=linear1")
    enter(number(page, "Neurons"), "4")
    expect_network(page, wide(4))
    page.get_by_role("button", name="Share").click()
    with page.expect_download():
        page.get_by_role("button", name="Download .json").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "network.json", "mimeType": "application/json", "buffer": to_file(wide(5)).encode()}
    )
    expect_network(page, wide(5))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Download the drawing").click()
    for name in ("SVG", "PNG", "PDF", "DOT"):
        with page.expect_download():
            page.get_by_role("button", name=name, exact=True).click()
    app("/initialise", ".js-plotly-plot .js-line")
    app("/initialise?look=signals", ".js-plotly-plot .js-line")
    app("/initialise?look=compare", ".js-plotly-plot .js-line")
    app("/forward", ".at-after .cell")
    app("/learn", ".at-head h1")


def test_what_another_site_would_have_it_do_is_refused(page: Page, address: str) -> None:
    page.goto(address)
    settled(page)
    for what, directive in {
        "fetch": "connect-src",
        "socket": "connect-src",
        "script": "script-src-elem",
        "inline": "script-src-elem",
        "image": "img-src",
        "style": "style-src-elem",
        "frame": "frame-src",
        "base": "base-uri",
    }.items():
        assert page.evaluate(TRY, {"what": what, "url": ELSEWHERE}) == directive, what


@pytest.fixture
def school(tmp_path: Path) -> Iterator[str]:
    """Another site of the institution: it serves what is in `tmp_path`."""
    serve = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_site_can_frame_the_page_only_if_the_institution_said_so(
    page: Page, address: str, school: str, tmp_path: Path
) -> None:
    course = tmp_path / "course.html"
    inside = page.frame_locator("iframe").locator(".totals")

    def show(app: str) -> None:
        course.write_text(f'<iframe src="{app}" width="1200" height="700"></iframe>', encoding="utf-8")
        page.goto(f"{school}/course.html")

    with page.expect_event("requestfailed", lambda request: request.url.startswith(address)) as failed:
        show(address)
    assert failed.value.failure == "net::ERR_BLOCKED_BY_RESPONSE"
    with served(tmp_path / "log.txt", LAYERLAB_FRAME_ANCESTORS=f"'self' {school}") as welcoming:
        show(welcoming)
        expect(inside).to_contain_text("26 parameters", timeout=60_000)
