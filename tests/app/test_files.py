"""What the page gives to keep, and what it opens again, through Streamlit's own test driver."""

from __future__ import annotations

import ast
import json

import pytest
from streamlit.testing.v1 import AppTest

from builder.formats.link import from_file, from_token, to_file
from builder.ui.components.panel import MAX_FILE
from builder.ui.parts.network import MIMES
from builder.zoo.presets import PRESETS
from tests.app.driver import TUTORIAL, codes, enter, file, gesture, html, items, linked, opened, press, run, text

XOR = PRESETS["xor"].experiment
BEGINNINGS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}


def sharing() -> AppTest:
    return gesture(opened(), "share", open=True)


def named(page: AppTest) -> set[str]:
    return {item["name"] for _, item in items(page)}


def test_the_panel_that_shares_is_filled_only_while_it_is_open() -> None:
    page = opened()
    assert not {"download_file", "upload"} & named(page) and codes(page) == []
    gesture(page, "share", open=True)
    assert {"download_file", "upload"} <= named(page)
    (link,) = codes(page)
    assert from_token(dict(part.split("=") for part in link.partition("?")[2].split("&"))["n"]) == TUTORIAL
    assert 'src="data:image/svg+xml' in html(page)
    gesture(page, "share", open=False)
    assert not {"download_file", "upload"} & named(page) and codes(page) == []


def test_the_shared_link_follows_the_network_while_the_panel_is_open() -> None:
    page = sharing()
    before = codes(page)
    press(page, "mend 0")
    assert codes(page) != before and "download_file" in named(page)


def test_the_network_is_kept_as_a_file_once_and_opened_again() -> None:
    page = sharing()
    assert file(page) is None
    name, mime, content = file(press(page, "download_file")) or ("", "", b"")
    assert (name, mime) == ("network.json", "application/json") and from_file(content) == TUTORIAL
    enter(page, "preset", "xor")
    assert file(page) is None and linked(page).network == XOR.network
    enter(page, "upload", content.decode())
    assert linked(page) == TUTORIAL
    press(page, "undo")
    assert linked(page).network == XOR.network


@pytest.mark.parametrize("content", ["", "nonsense", "{}", "[1]", "null", '{"network": "<script>"}', to_file(XOR)[:-9]])
def test_a_file_that_is_no_network_is_answered_with_a_sentence(content: str) -> None:
    page = sharing()
    before = text(page)
    enter(page, "upload", content)
    assert text(page) != before and "fault of Layerlab" not in text(page)
    assert 'class="refusal"' in html(page) and "<script>" not in html(page)
    assert linked(page) == TUTORIAL


@pytest.mark.parametrize("content", ["9" * (MAX_FILE + 1), 3, ["{}"], {}])
def test_a_file_that_is_too_large_is_not_dropped_in_silence(content: object) -> None:
    page = enter(sharing(), "upload", content)
    assert "A file has 1,000,000 characters at most. Choose one that Layerlab wrote." in text(page)
    assert linked(page) == TUTORIAL
    press(page, "mend 0")
    assert "A file has" not in text(page)


def test_a_file_of_the_largest_size_is_read() -> None:
    content = to_file(TUTORIAL.with_network(XOR.network))
    page = enter(sharing(), "upload", content + " " * (MAX_FILE - len(content)))
    assert linked(page).network == XOR.network


@pytest.mark.parametrize("drawing", ["layers", "neurons"])
@pytest.mark.parametrize("suffix", MIMES)
def test_the_drawing_is_kept_in_every_format(suffix: str, drawing: str) -> None:
    page = gesture(opened(drawing=drawing), "download_drawing", open=True)
    name, mime, content = file(press(page, f"download_{suffix}")) or ("", "", b"")
    assert (name, mime) == (f"{drawing}.{suffix}", MIMES[suffix])
    assert content.startswith(BEGINNINGS[suffix])


@pytest.mark.parametrize("form", ["class", "sequential"])
def test_the_code_is_kept_as_it_is_shown(form: str) -> None:
    page = opened(view="code", form=form)
    name, _, content = file(press(page, "download_code")) or ("", "", b"")
    assert name == "model.py" and ast.parse(content).body
    (shown,) = codes(page)
    assert shown.rstrip("\n") == content.decode().rstrip("\n")


def test_the_file_is_the_network_as_it_is_when_it_is_asked_for() -> None:
    page = sharing()
    press(page, "mend 0")
    _, _, content = file(press(page, "download_file")) or ("", "", b"")
    assert from_file(content) == linked(page) != TUTORIAL
    assert json.loads(content)


def test_a_file_that_the_browser_has_is_not_given_again() -> None:
    page = press(sharing(), "download_file")
    assert file(page) and file(run(page)), "the browser has not said that it has it"
    press(page, "draw")
    assert file(page) is None
