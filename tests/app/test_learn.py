"""The lesson page through Streamlit's own test driver."""

from __future__ import annotations

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from builder.layers.linear import Linear
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.teaching.exercises import exercise
from builder.teaching.lesson import LESSONS
from builder.zoo.presets import PRESETS
from tests.app.driver import TUTORIAL, enter, file, html, items, linked, press, text, value
from tests.app.driver import opened as opened_at
from tests.depth import combined
from tests.strategies import FIRST

BLANK = PRESETS["blank"].experiment
KEYS = [lesson.key for lesson in LESSONS]
BUILDING = [lesson for lesson in LESSONS if lesson.mend]


opened = partial(opened_at, at_page="learn")


def sign(page: AppTest, key: str) -> str:
    """What stands before the button of step `key`: ✓ where it is done, → where the lesson is."""
    return str(next(item["sign"] for _, item in items(page) if item["name"] == f"step {key}"))


def named(page: AppTest) -> set[str]:
    return {item["name"] for _, item in items(page)}


@pytest.mark.parametrize(("preset", "language"), combined(FIRST, ["en", "zh"]))
def test_every_step_opens_with_every_preset(preset: str, language: str) -> None:
    page = opened(PRESETS[preset].experiment, lang=language)
    for _ in KEYS[1:]:
        press(page, "next")
    assert page.query_params["lesson"] == KEYS[-1]
    assert linked(page) == PRESETS[preset].experiment


def test_from_a_blank_network_the_mends_build_the_tutorials_one_undo_each() -> None:
    page = opened(BLANK, lesson="first", at="")
    for lesson in BUILDING:
        assert sign(page, lesson.key) == "→"
        assert lesson.missing(make_plan(linked(page).network))[0].text() in text(page)
        press(page, "mend")
        assert "Done: your network has it all." in text(page) and "mend" not in named(page)
        press(page, "next")
        assert sign(page, lesson.key) == "✓"
    assert linked(page) == TUTORIAL
    for _ in BUILDING:
        press(page, "undo")
    assert linked(page) == BLANK and [sign(page, lesson.key) for lesson in BUILDING] == ["" for _ in BUILDING]


def test_what_is_built_by_hand_at_the_right_is_checked_at_once() -> None:
    page = opened(BLANK, lesson="first", at="")
    press(enter(page, "with", "Sigmoid"), "dense")
    said = text(page)
    assert "Your first layer has" not in said and "start out as PyTorch default; the tutorial's as Xavier" in said
    enter(page, "linear1.out_features", "5")
    assert "Your first layer has 5 neurons; the tutorial's has 3." in text(page)
    enter(page, "linear1.out_features", "3")
    enter(page, "linear1.weight_init", "xavier_uniform_")
    assert "Done: your network has it all." in text(page)


def test_a_fresh_start_is_one_step_that_undo_takes_back() -> None:
    page = press(opened(lesson="first"), "blank")
    assert linked(page) == BLANK and "blank" not in named(page)
    assert linked(press(page, "undo")) == TUTORIAL


def test_an_answer_is_judged_and_new_numbers_forget_it() -> None:
    page = opened(lesson="counting")
    question = exercise(0)
    assert question.prompt.text() in text(page)
    enter(page, "lesson_counting", "nonsense")
    assert "The answer is a whole number" in text(page) and question.why.text() not in text(page)
    number, mistake = question.slips[0]
    enter(page, "lesson_counting", str(number))
    assert mistake.text() in text(page) and question.why.text() in text(page)
    enter(page, "lesson_counting", f" {question.answer} ")
    assert f"✓ Right: {question.why.text()}" in text(page) and mistake.text() not in text(page)
    assert page.query_params["lesson_counting"] == str(question.answer)
    press(page, "fresh")
    assert exercise(1).prompt.text() in text(page) and value(page, "lesson_counting") == ""
    assert page.query_params["lesson_seed"] == "1"


def test_a_question_follows_the_network_and_so_does_its_mark() -> None:
    page = enter(opened(lesson="shapes"), "lesson_shapes", "20")
    assert "✓ Right: 10 rows × 2 numbers = 20" in text(page)
    press(page, "next")
    assert sign(page, "shapes") == "✓"
    page = opened(TUTORIAL.with_batch(Batch(rows=6)), lesson="counting", lesson_shapes="20")
    assert sign(page, "shapes") == ""


def test_a_link_brings_back_the_step_the_answers_and_the_marks() -> None:
    first = press(press(opened(), "next"), "next")
    assert (sign(first, "network"), sign(first, "module"), sign(first, "first")) == ("✓", "✓", "→")
    again = opened(lesson=first.query_params["lesson"], lesson_left=first.query_params["lesson_left"])
    assert [sign(again, key) for key in KEYS] == [sign(first, key) for key in KEYS]
    assert "3 of 10 · Build the first hidden layer" in text(again)


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "1e9", "9" * 2000, "<script>alert(1)</script>", "…"])
def test_nonsense_in_the_link_is_ignored(nonsense: str) -> None:
    page = opened(lesson=nonsense, lesson_left=nonsense, lesson_seed=nonsense, lesson_counting=nonsense)
    assert sign(page, "network") == "→" and "<script>" not in html(page)
    press(page, "step counting")
    assert exercise(0).prompt.text() in text(page)


@pytest.mark.parametrize(
    "network",
    [
        NetworkSpec(input=Features(in_features=100_000), layers=(Linear(name="wide", out_features=100_000),)),
        NetworkSpec(layers=tuple(Linear(name=f"linear{n}", out_features=2) for n in range(300))),
    ],
    ids=["wide", "deep"],
)
def test_every_step_opens_for_networks_too_large_to_run(network: NetworkSpec) -> None:
    page = opened(Experiment(network=network))
    for key in KEYS:
        press(page, f"step {key}")
        assert page.query_params["lesson"] == key


def test_the_sheet_is_offered_at_the_end_alone() -> None:
    page = opened(lesson=KEYS[-1])
    assert "Download the sheet to print" in text(page) and "next" not in named(page)
    assert file(page) is None
    name, mime, content = file(press(page, "download_sheet")) or ("", "", b"")
    assert (name, mime) == ("network.html", "text/html") and b"<svg" in content and b"linear1" in content
    assert "download_sheet" not in named(press(page, "back"))
