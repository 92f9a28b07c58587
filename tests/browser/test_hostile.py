"""A stranger's words in a link run nowhere on the page."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Dialog, Page, expect

from builder.formats.link import to_token
from builder.network.experiment import Experiment
from builder.network.spec import NetworkSpec
from tests.browser.conftest import Open
from tests.browser.hand import row
from tests.depth import combined
from tests.hostile.made import packed
from tests.hostile.words import WORDS
from tests.networks import made
from tests.visits import CHOICES

LIVE = [word for word in WORDS if "window.ran" in word]
NAMES = ["constructor", "toString", "valueOf", "hasOwnProperty", "length", "item", "线性1", "א1"]
PATHS = {"/": ".totals", "/initialise": ".at-head h1", "/forward": ".at-head h1", "/learn": ".at-head h1"}


def alert(page: Page) -> list[str]:
    """The dialogs that a script opens."""
    opened: list[str] = []

    def note(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    return opened


def expect_nothing_ran(page: Page) -> None:
    assert page.evaluate("window.ran") is None
    assert page.locator("img[src='x'], [onload], [onerror], [onmouseover]").count() == 0


@pytest.mark.parametrize(("word", "path"), combined(LIVE, list(PATHS)))
def test_no_word_in_a_link_runs(word: str, path: str, app: Open, page: Page) -> None:
    dialogs = alert(page)
    kind = {"network": {"layers": [{"kind": word, "name": word}]}}
    views = dict.fromkeys([*CHOICES, "open", "own", "left", LIVE[0]], word) | {"lang": "en"}
    app(f"{path}?{urlencode({**views, 'n': packed(json.dumps(kind).encode()), 'at': word})}", PATHS[path])
    expect(page.get_by_text(f"There is no “{word[:40]}” here.").first).to_be_visible()
    expect_nothing_ran(page)
    assert dialogs == []


@pytest.mark.parametrize("path", PATHS)
def test_names_that_are_words_of_javascript_are_names(path: str, app: Open, page: Page) -> None:
    layers = tuple(made("Linear", name) for name in NAMES)
    network = Experiment(network=NetworkSpec(layers=layers))
    app(f"{path}?{urlencode({'n': to_token(network), 'at': NAMES[0], 'lang': 'en'})}", PATHS[path])
    expect(page.locator("body")).to_contain_text(NAMES[0])
    if path == "/":
        for name in NAMES:
            row(page, name).locator(".row").click()
            expect(page.locator(".at-inspector h2")).to_have_text(name)
