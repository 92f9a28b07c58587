"""The page on which a row walks through the network, through Streamlit's own test driver."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from builder.layers import LAYERS
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.inputs import Features, Image
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import probe
from builder.runtime.trace import trace_row
from builder.teaching.walkthrough import neuron_sum, shares
from builder.zoo.presets import PRESETS
from tests.app.driver import TUTORIAL, cells, charts, enter, items, linked, press, text, value
from tests.app.driver import opened as opened_at

opened = partial(opened_at, at_page="forward")


def test_a_sum_is_written_out_and_another_neuron_can_be_chosen() -> None:
    page = opened(at="linear1", x="1 2 -1")
    plan = make_plan(TUTORIAL.network)
    module = build_module(plan)
    activation = trace_row(module, plan, torch.tensor([[1.0, 2.0, -1.0]]), 0)[0]
    for neuron in (0, 2):
        enter(page, "after", str(neuron))
        added = neuron_sum(module, activation, neuron)
        assert added is not None and added.line() in text(page)
    assert page.query_params["neuron"] == "2"


def test_a_row_and_an_input_of_ones_own_go_into_the_link() -> None:
    page = enter(opened(at="linear1"), "source", "3")
    assert page.query_params["row"] == "3" and value(page, "source") == "3"
    before = cells(page, "before")
    enter(page, "x2", "1.5")
    assert value(page, "source") == "own"
    assert cells(page, "before")[1] == "1.50" and cells(page, "before")[0] == before[0]
    again = opened(at="linear1", x=page.query_params["x"])
    assert cells(again, "before") == cells(page, "before")
    enter(page, "source", "3")
    assert cells(page, "before") == before


@pytest.mark.parametrize("typed", ["", "nan", "1e9", "<b>", "one"])
def test_nonsense_in_a_slider_gets_a_sentence_and_changes_nothing(typed: str) -> None:
    page = enter(opened(at="linear1"), "x1", typed)
    assert "is not a number between −1,000,000 and 1,000,000" in text(page)
    assert value(page, "x1") == typed and value(page, "source") != "own"


@pytest.mark.parametrize("said", ["1 2", "1 2 3 4", "a b c", "nan 0 0", "1e99 0 0", "", ";;", "9" * 1900])
def test_a_link_with_a_nonsensical_input_shows_a_row_of_the_batch(said: str) -> None:
    assert value(opened(x=said), "source") == "0"


def test_many_features_are_typed_into_one_field() -> None:
    network = NetworkSpec(input=Features(in_features=9), layers=(Linear(name="a", out_features=2),))
    page = enter(opened(Experiment(network=network)), "x", "1, 2, 3")
    assert "This network takes 9 numbers; given are 3." in text(page)
    enter(page, "x", "1, 2, 3 4 5 6 7 8 9")
    assert cells(page, "before") == ["1.00", "2.00", "3.00", "4.00", "5.00", "6.00", "7.00", "8.00", "9.00"]


def test_the_point_on_the_plane_is_the_input() -> None:
    page = enter(opened(at="linear1", x="1 2 -1"), "plane", "-1.25 0.50")
    assert cells(page, "before") == ["−1.25", "0.500", "−1.00"]
    for nonsense in ("", "1", "nan nan", "99 99", "a b"):
        enter(page, "plane", nonsense)
        assert cells(page, "before") == ["−1.25", "0.500", "−1.00"]


def test_playing_stops_at_the_end_and_begins_again_from_the_first_step() -> None:
    page = press(opened(at="linear1"), "play")

    def beat() -> int:
        return int(next(item for _, item in items(page) if item["name"] == "next")["every"])

    for _ in TUTORIAL.network.paths[1:]:
        assert beat() > 0
        press(page, "next")
    assert beat() == 0 and page.query_params["at"] == "softmax1"
    press(page, "play")
    assert page.query_params["at"] == "linear1" and beat() > 0
    press(page, "back")
    assert beat() == 0


def test_the_temperature_is_no_part_of_the_network() -> None:
    page = opened(at="softmax1")
    before = text(page)
    enter(page, "temperature", "5")
    assert text(page) != before and linked(page) == TUTORIAL
    assert enter(page, "temperature", "nonsense") and value(page, "temperature") == "1"


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        (PRESETS["blank"].experiment.network, "The network has no layers yet"),
        (
            NetworkSpec(layers=(Linear(name="a", out_features=1_000_000), Linear(name="b", out_features=1000))),
            "would need",
        ),
    ],
)
def test_a_network_that_cannot_be_walked_says_why(network: NetworkSpec, sentence: str) -> None:
    assert sentence in text(opened(Experiment(network=network)))


def test_wide_deep_and_infinite_networks_are_walked() -> None:
    wide = NetworkSpec(layers=(Linear(name="a", out_features=100_000), LAYERS["ReLU"](name="b")))
    page = opened(Experiment(network=wide), at="b")
    assert len(cells(page, "after")) == 1025 and "… 98,976 more" in cells(page, "after")
    layers = tuple(LAYERS["Tanh"](name=f"t{n}") for n in range(300))
    assert "step 150 of 300" in text(opened(Experiment(network=NetworkSpec(layers=layers)), at="t149"))
    huge = Linear(name="a", out_features=2, weight_init={"kind": "constant_", "val": 1e6})  # type: ignore[arg-type]
    blown = NetworkSpec(layers=tuple(huge.model_copy(update={"name": f"a{n}"}) for n in range(9)))
    assert "not finite" in text(opened(Experiment(network=blown), at="a8"))


def test_a_network_with_one_input_is_a_curve_for_each_class() -> None:
    layers = (Linear(name="a", out_features=3), LAYERS["Softmax"](name="s"))
    page = opened(Experiment(network=NetworkSpec(input=Features(in_features=1), layers=layers)), x="1.5")
    figure = charts(page)["line"]
    assert [curve["name"] for curve in figure["data"]] == ["class 1", "class 2", "class 3"]
    assert figure["layout"]["shapes"][0]["x0"] == 1.5


def test_a_single_output_is_no_probability() -> None:
    page = opened(PRESETS["perceptron"].experiment, x="0 0")
    assert "At the point the output is 0." in text(page) and "probability" not in text(page)


def test_the_plane_shows_any_of_a_hundred_classes() -> None:
    layers = (Linear(name="a", out_features=120), LAYERS["Softmax"](name="s"))
    page = opened(Experiment(network=NetworkSpec(layers=layers)), **{"class": "99"})
    assert "At the point, class 100 has probability" in text(page)


@pytest.mark.parametrize("features", [1, 3])
def test_outputs_that_are_not_finite_are_said_to_be_so(features: int) -> None:
    huge = Linear(name="a", out_features=2, weight_init={"kind": "constant_", "val": 1e6})  # type: ignore[arg-type]
    layers = (*(huge.model_copy(update={"name": f"a{n}"}) for n in range(9)), LAYERS["Softmax"](name="s"))
    network = NetworkSpec(input=Features(in_features=features), layers=layers)
    page = opened(Experiment(network=network), at="s")
    assert "They have no colour and no curve." in text(page)
    assert "∞ − ∞ is not a number" in text(page) and "exp(0) = 1" not in text(page)


def test_a_typed_input_keeps_all_its_digits() -> None:
    network = NetworkSpec(input=Features(in_features=9), layers=(Linear(name="a", out_features=2),))
    page = enter(opened(Experiment(network=network)), "x", "0.123456 2 3 4 5 6 7 8 9")
    assert value(page, "x") == page.query_params["x"] == "0.123456 2 3 4 5 6 7 8 9"


def test_the_arithmetic_of_activation_and_softmax_is_written_out() -> None:
    assert "1 / (1 + exp(" in text(opened(at="sigmoid1"))
    page = enter(opened(at="softmax1"), "temperature", "2")
    assert text(page).count("exp(") >= 3 and " / 1.9" in text(page)


def test_softmax_over_the_channels_is_walked_at_the_pixel_that_is_chosen() -> None:
    layers = (LAYERS["Conv2d"](name="c", out_channels=3, padding=1), LAYERS["Softmax"](name="s"))  # type: ignore[call-arg]
    spec = NetworkSpec(input=Image(channels=1, height=4, width=4), layers=layers)
    page = enter(opened(Experiment(network=spec), at="s"), "after", "21")
    assert "Class 2 of 3, at [2, 2, 2] of 3 × 4 × 4" in text(page)
    plan = make_plan(spec)
    probed = probe(build_module(plan), plan, Experiment().batch)
    made = shares(trace_row(build_module(plan), plan, probed.inputs, 0)[-1], index=21)
    assert made is not None and made.line(made.chosen) in text(page)
    torch.testing.assert_close(made.shares, probed.outputs[0, :, 1, 1])
    page = opened(Experiment(network=spec), at_page="build")
    assert "at each of its 16 pixels, the 3 channels are the classes. Shown is the pixel [:, 3, 3]" in text(page)
    assert "not in softmax" not in text(page)
