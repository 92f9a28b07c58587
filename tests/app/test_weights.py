"""The view of the weights through Streamlit's own test driver: every initializer, any network, each click, both languages."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from builder.formats.link import from_token, to_token
from builder.initializers import WEIGHTS, Normal, XavierUniform
from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.blocks import Group
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.app.driver import charts, data, gesture, gestures, press, run, text, value
from tests.depth import combined

TUTORIAL = PRESETS["tutorial"].experiment


def script() -> None:
    from builder.network.planner import make_plan
    from builder.ui.components import channel, sheet
    from builder.ui.pages import weights
    from builder.ui.state import run, session

    run.start()
    session.enter("initialise")
    page = sheet.root()
    with page:
        weights.show(make_plan(session.experiment().network), session.experiment())
    channel.send(page)
    run.publish()


def opened(experiment: Experiment = TUTORIAL, **query: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=60)
    for name, said in {"n": to_token(experiment), **query}.items():
        page.query_params[name] = said
    return run(page)


def network(in_features: int, *layers: Layer, rows: int = 5) -> Experiment:
    spec = NetworkSpec(input=Features(in_features=in_features), layers=layers)
    return Experiment(network=spec, batch=Batch(rows=rows))


def table(page: AppTest) -> dict[str, list[str]]:
    """The cells of each row, by its heading."""
    return {row["cells"][0]: row["cells"][1:] for row in data(page, "weights_table")["rows"]}


def traces(page: AppTest) -> list[str]:
    return [trace["name"] for trace in charts(page)["weights_chart"]["data"]]


def test_the_tutorials_first_layer_with_its_arithmetic_theory_and_measurement() -> None:
    page = opened(lang="en")
    shown = text(page)
    assert "bound = gain · √(6 / (fan_in + fan_out)) = 1 · √(6 / (3 + 3)) = 1.000" in shown
    assert "3 numbers enter each neuron (fan_in), each number enters 3 neurons (fan_out)" in shown
    assert "✓ With 9 numbers, chance moves the standard deviation by about 17%" in shown
    assert XavierUniform.source.text() in shown
    assert traces(page) == ["drawn here", "each number", "theory"]
    assert list(table(page)) == [
        f"{layer}.{name}" for layer in ("linear1", "linear2", "out") for name in ("weight", "bias")
    ]
    assert all(cells[-1] == "✓" for cells in table(page).values())


@pytest.mark.parametrize(("kind", "language"), combined(list(WEIGHTS), ["en", "zh"]))
def test_every_initializer_is_shown_with_its_arithmetic(kind: str, language: str) -> None:
    initializer = WEIGHTS[kind]()
    page = opened(network(7, Linear(name="linear1", out_features=5, weight_init=initializer)), lang=language)
    shown = text(page)
    assert all(line in shown for line in initializer.derive((5, 7), (5, 7)).arithmetic)
    assert initializer.formula in shown and initializer.source.text(language) in shown  # type: ignore[arg-type]
    assert table(page)["linear1.weight"][-1] == "✓"


def test_next_previous_and_every_row_lead_to_their_layer() -> None:
    page = opened()
    press(page, "previous")  # there is none before the first
    assert page.query_params["at"] == "linear1"
    press(page, "next")
    assert page.query_params["at"] == "linear2" and "gain(leaky_relu)" in text(page)
    gesture(page, "weights_table", type="select", path="out.bias")
    assert (page.query_params["at"], page.query_params["initial"]) == ("out", "bias")
    assert "out.bias [2]" in text(page)
    press(page, "next")
    gesture(page, "weights_table", type="select", path="gone.bias")
    assert page.query_params["at"] == "out"
    press(page, "previous")
    assert "linear2.bias [2]" in text(page)  # still the biases


def test_clicks_that_come_during_one_run_all_count() -> None:
    """The browser then reports them together, to the buttons of the run before."""
    layers = [Linear(name=f"linear{n}", out_features=2) for n in range(100)]
    page = opened(network(2, *layers), at="linear3")
    for panel, name, where in [("weights_bar", "next", "linear6"), ("weights_pages", "on", "linear60")]:
        gestures(page, *[(panel, {"name": name, "value": True})] * 3)
        assert page.query_params["at"] == where


def test_new_weights_are_one_step_and_another_sample() -> None:
    page = opened()
    before = table(page)["linear1.weight"]
    press(page, "draw")
    assert from_token(page.query_params["n"]).network.seed == TUTORIAL.network.seed + 1
    after = table(page)["linear1.weight"]
    assert before[:3] == after[:3] and before[4] == after[4]
    assert before[3] != after[3] and before[5] != after[5]


def test_a_layer_without_weights_shows_the_next_one_that_has_some() -> None:
    assert "linear2.weight [2, 3]" in text(opened(at="sigmoid1"))
    assert "out.weight [2, 2]" in text(opened(at="softmax1"))
    assert "linear1.weight [3, 3]" in text(opened(at=""))


def test_layers_in_groups_and_without_a_bias() -> None:
    inner = (Linear(name="linear1", out_features=4, bias=False), BatchNorm1d(name="norm1"))
    page = opened(network(3, Group(name="block1", layers=inner), Linear(name="out")), at="block1", initial="bias")
    assert "block1.linear1.weight [4, 3]" in text(page)  # it has no biases to show
    assert list(table(page)) == ["block1.linear1.weight", "out.weight", "out.bias"]


def test_a_network_too_large_to_live_shows_theory_and_why_there_is_no_more() -> None:
    page = opened(network(100_000, Linear(name="linear1", out_features=100_000), ReLU(name="relu1")), lang="en")
    shown = text(page)
    assert "Only theory is shown" in shown and "40.0 GB" in shown
    assert "= 0.57735 · √(3 / 100,000) = 0.003162" in shown
    assert traces(page) == ["theory"]
    assert table(page)["linear1.weight"][2:] == ["0", "–", "0.001826", "–", "–", "–", "–"]


@pytest.mark.parametrize("layers", [(), (ReLU(name="relu1"),)], ids=["blank", "relu"])
def test_a_network_without_weights_says_so(layers: tuple[Layer, ...]) -> None:
    assert "no layer whose weights have a choice" in text(opened(network(3, *layers), lang="en"))


def test_numbers_that_float32_rounds_are_said_to_be_so() -> None:
    page = opened(
        network(30, Linear(name="linear1", out_features=20, weight_init=Normal(mean=1e6, std=0.001))), lang="en"
    )
    assert "too close together for float32" in text(page)
    assert table(page)["linear1.weight"][-1] == "≠"


def test_of_many_layers_the_table_shows_those_around_the_selected_one() -> None:
    layers = [Linear(name=f"linear{n}", out_features=2) for n in range(300)]
    page = opened(network(2, *layers), at="linear45", lang="en")
    assert list(table(page))[::2] == [f"linear{n}.weight" for n in range(40, 60)]
    press(page, "on")
    assert page.query_params["at"] == "linear60" and "linear79.bias" in table(page)
    press(page, "back")
    assert page.query_params["at"] == "linear40"
    last = opened(network(2, *layers), at="linear299")
    press(last, "on")
    assert last.query_params["at"] == "linear299"


@pytest.mark.parametrize("said", ["bias", "weight", "nonsense", "", "9" * 3000])
def test_the_link_may_say_anything(said: str) -> None:
    page = opened(initial=said)
    assert value(page, "initial") == ("bias" if said == "bias" else "weight")
