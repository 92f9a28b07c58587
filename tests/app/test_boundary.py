"""A part of a page that fails says so in its own place, and everything else is there."""

from __future__ import annotations

from typing import NoReturn

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from builder.ui.components import wire
from builder.ui.parts.boundary import FAILED, boundary
from tests.app.driver import enter, html, linked, opened, press, run, text

# The parts of each page, by its name and view: the function that fails, and what is seen of the part when it does not.
PARTS: dict[str, dict[str, str]] = {
    "build": {
        "parts.header._head": "small enough to count by hand",
        "parts.editor.rows": "+ Dense layer",
        "parts.inspector._layer": "3 neurons with 3 weights and 1 bias each",
        "parts.numbers._card": "as float32, 4 bytes each",
        "parts.numbers._breakdown": "layer weights biases arithmetic",
        "parts.numbers._cross_check": "exported program",
        "parts.softmax._bars": "row input scores probabilities",
        "parts.hints.show": "softmax1 gives probabilities",
    },
    "initialise": {"parts.theory.explained": "chance moves the standard deviation"},
    "initialise signals": {
        "pages.signals._verdict": "last layer with weights",
        "pages.signals._one_layer": "Mean −0.1",
        "pages.signals._numbers": "layer mean standard deviation",
    },
    "initialise compare": {
        "pages.compare._card": "Take this one",
        "pages.compare._outputs": "a bar a row",
        "pages.compare._histograms": "the darker, the more of them",
    },
    "forward": {
        "pages.point.show_plane": "Probability of class 1 over two inputs",
        "pages.forward._operation": "Every neuron weighs every input",
    },
    "learn": {
        "pages.learn._steps": "What a network is",
        "parts.inspector._layer": "3 neurons with 3 weights and 1 bias each",
    },
}
EVERY = [(page, function) for page, parts in PARTS.items() for function in parts]


def fail(*_: object, **__: object) -> NoReturn:
    raise KeyError("broken on purpose")


@pytest.mark.parametrize(("page", "function"), EVERY)
def test_a_part_that_fails_says_so_and_the_others_are_there(
    page: str, function: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    name, _, look = page.partition(" ")
    views = {"look": look} if look else {}
    monkeypatch.setattr(f"builder.ui.{function}", fail)
    shown = opened(at_page=name, **views)
    seen = {part: mark in text(shown) for part, mark in PARTS[page].items()}
    assert seen == {part: part != function for part in seen}
    assert FAILED.text() in text(shown) and "broken on purpose" not in text(shown)
    assert any(record.exc_info and record.exc_info[0] is KeyError for record in caplog.records)
    monkeypatch.undo()
    whole = text(run(shown))
    assert FAILED.text() not in whole and all(mark in whole for mark in PARTS[page].values())


def test_a_page_that_fails_as_a_whole_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.ui.pages.build.planned", fail)
    assert FAILED.text("zh") in text(opened(lang="zh"))


def test_where_one_view_fails_another_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.ui.parts.network._neurons", fail)
    page = opened(drawing="neurons")
    assert FAILED.text() in text(page)
    enter(page, "drawing", "layers")
    assert FAILED.text() not in text(page)


def test_a_gesture_that_fails_says_so_and_the_page_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened()
    before = linked(page)
    monkeypatch.setattr("builder.ui.parts.editor._add_dense", fail)
    run(page)  # the button as it is now
    press(page, "dense")
    assert wire.FAILED.text() in text(page) and linked(page) == before
    press(page, "mend 0")
    assert wire.FAILED.text() not in text(page) and linked(page) != before


@pytest.mark.parametrize("ends", [StopException(), RerunException(RerunData())])
def test_what_ends_a_run_passes(ends: BaseException) -> None:
    with pytest.raises(type(ends)), boundary():
        raise ends


def test_the_log_has_the_network_with_which_the_fault_is_seen_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("builder.ui.parts.numbers._cross_check", fail)
    page = opened()
    assert "Traceback" in caplog.text and f"n={page.query_params['n']}" in caplog.text
    assert "Traceback" not in html(page)
