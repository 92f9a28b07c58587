"""A part of a page that fails says so in its own place, and everything else is there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from builder.ui.components import channel
from builder.ui.pages import build, compare, forward, learn, point, signals
from builder.ui.parts import editor, header, hints, inspector, network, numbers, softmax, theory, verdict
from builder.ui.parts.boundary import FAILED, boundary
from tests.app.driver import enter, html, linked, opened, press, run, text

# The parts of each page, by its name and view: the function that fails, and what is seen of the part when it does not.
PARTS: dict[str, dict[Callable[..., object], str]] = {
    "build": {
        header._head: "small enough to count by hand",
        editor.rows: "+ Dense layer",
        inspector._layer: "3 neurons with 3 weights and 1 bias each",
        numbers._card: "as float32, 4 bytes each",
        numbers._breakdown: "layer weights biases arithmetic",
        numbers._cross_check: "exported program",
        softmax._bars: "row input scores probabilities",
        hints.show: "softmax1 gives probabilities",
    },
    "initialise": {theory.explained: "chance moves the standard deviation"},
    "initialise signals": {
        verdict.show: "last layer with weights",
        signals._one_layer: "Mean −0.1",
        signals._numbers: "layer mean standard deviation",
    },
    "initialise compare": {
        compare._card: "Take this one",
        compare._outputs: "a bar a row",
        compare._histograms: "the stronger the colour, the more of them",
    },
    "forward": {
        point.show_plane: "Probability of class 1 over two inputs",
        forward._operation: "Every neuron weighs every input",
    },
    "learn": {
        learn._steps: "What a network is",
        inspector._layer: "3 neurons with 3 weights and 1 bias each",
    },
}
EVERY = [pytest.param(page, part, id=f"{page}-{part.__name__}") for page, parts in PARTS.items() for part in parts]


def broken(monkeypatch: pytest.MonkeyPatch, function: Callable[..., object]) -> None:
    """`function` fails from now on."""
    monkeypatch.setattr(sys.modules[function.__module__], function.__name__, fail)


def fail(*_: object, **__: object) -> NoReturn:
    raise KeyError("broken on purpose")


@pytest.mark.parametrize(("name", "function"), EVERY)
def test_a_part_that_fails_says_so_and_the_others_are_there(
    name: str, function: Callable[..., object], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    at_page, _, look = name.partition(" ")
    views = {"look": look} if look else {}
    broken(monkeypatch, function)
    shown = opened(at_page=at_page, **views)
    seen = {part: mark in text(shown) for part, mark in PARTS[name].items()}
    assert seen == {part: part != function for part in seen}
    assert FAILED.text() in text(shown) and "broken on purpose" not in text(shown)
    assert any(record.exc_info and record.exc_info[0] is KeyError for record in caplog.records)
    monkeypatch.undo()
    whole = text(run(shown))
    assert FAILED.text() not in whole and all(mark in whole for mark in PARTS[name].values())


def test_a_page_that_fails_as_a_whole_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "planned", fail)
    assert FAILED.text("zh") in text(opened(lang="zh"))


def test_where_one_view_fails_another_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, network._neurons)
    page = opened(drawing="neurons")
    assert FAILED.text() in text(page)
    enter(page, "drawing", "layers")
    assert FAILED.text() not in text(page)


def test_a_gesture_that_fails_says_so_and_the_page_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, editor._add_dense)
    page = opened()
    before = linked(page)
    press(page, "dense")
    assert channel.FAILED.text() in text(page) and linked(page) == before
    press(page, "mend 0")
    assert channel.FAILED.text() not in text(page) and linked(page) != before


@pytest.mark.parametrize("ends", [StopException(), RerunException(RerunData())])
def test_what_ends_a_run_passes(ends: BaseException) -> None:
    with pytest.raises(type(ends)), boundary():
        raise ends


def test_the_log_has_the_network_with_which_the_fault_is_seen_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken(monkeypatch, numbers._cross_check)
    page = opened()
    assert "Traceback" in caplog.text and f"n={page.query_params['n']}" in caplog.text
    assert "Traceback" not in html(page)
