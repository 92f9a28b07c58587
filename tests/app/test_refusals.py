"""What can't be taken is said where it was entered, and can be taken back."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from builder.layers.convolution import Conv2d
from builder.network.experiment import Experiment
from builder.network.inputs import Image
from builder.network.spec import NetworkSpec
from builder.ui.components.panel import MAX_ENTRY
from builder.zoo.presets import PRESETS
from tests.app.driver import enter, items, linked, opened, text, value

TUTORIAL = PRESETS["tutorial"].experiment
GONE = "This choice is no longer there: the page has changed meanwhile. Choose again."


def refused(name: str, page: AppTest) -> str:
    return next(str(item.get("refused", "")) for _, item in items(page) if item["name"] == name)


def test_an_entry_that_is_too_long_is_not_dropped_in_silence() -> None:
    page = enter(opened(TUTORIAL, at="linear1"), "linear1:name", "x" * (MAX_ENTRY + 1))
    assert refused("linear1:name", page) == "An entry has 20,000 characters at most; this one has 20,001. Shorten it."
    assert value(page, "linear1:name") == "x" * MAX_ENTRY
    assert linked(page) == TUTORIAL


def test_half_a_character_is_replaced_before_it_ends_the_page() -> None:
    page = enter(opened(TUTORIAL, at="linear1"), "linear1:name", "a\ud800")
    assert "“a?” can't be a name" in refused("linear1:name", page) and value(page, "linear1:name") == "a?"
    enter(page, "linear1:name", "x" * MAX_ENTRY + "\udfff")
    assert value(page, "linear1:name") == "x" * MAX_ENTRY


def test_a_choice_that_is_gone_is_not_dropped_in_silence() -> None:
    page = enter(opened(TUTORIAL), "preset", "gone")
    assert refused("preset", page) == GONE and value(page, "preset") == "tutorial"
    assert GONE in text(enter(page, "view", "gone"))
    assert linked(page) == TUTORIAL


def test_a_refused_entry_that_is_taken_back_gives_the_last_good_value() -> None:
    page = enter(opened(TUTORIAL, at="linear1"), "linear1.out_features", "0")
    assert refused("linear1.out_features", page) and value(page, "linear1.out_features") == "0"
    enter(page, "linear1.out_features", None)
    assert not refused("linear1.out_features", page) and value(page, "linear1.out_features") == "3"
    assert linked(page) == TUTORIAL
    undo = next(item for _, item in items(page) if item["name"] == "undo")
    assert undo["disabled"], "nothing was done"


def test_same_is_understood_as_a_padding() -> None:
    image = Image(channels=1, height=8, width=8)
    experiment = Experiment(network=NetworkSpec(input=image, layers=(Conv2d(name="conv1"),)))
    page = enter(opened(experiment, at="conv1"), "conv1.padding", " Same ")
    assert linked(page).network.layer("conv1") == Conv2d(name="conv1", same=True)
    enter(page, "conv1.padding", "2")
    assert linked(page).network.layer("conv1") == Conv2d(name="conv1", padding=2)
    enter(page, "conv1.padding", "some")
    assert refused("conv1.padding", page) == "Padding needs a number."
