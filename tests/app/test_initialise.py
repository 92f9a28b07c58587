"""The page of initialisation through Streamlit's test driver: any network, both languages, every view, long work that is stopped."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from builder.analysis.comparison import ASPECTS, MOST
from builder.analysis.signals import measure
from builder.analysis.survey import CELLS
from builder.analysis.verdict import judge
from builder.initializers import Normal, XavierUniform
from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.layers.regularization import Dropout
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.app.driver import charts, enter, gesture, items, linked, opened, press, text, value, waited
from tests.depth import combined
from tests.strategies import FIRST

DEEP = PRESETS["deep_sigmoid"].experiment
TUTORIAL = PRESETS["tutorial"].experiment


def looked_at(network: Experiment, **query: str) -> AppTest:
    return opened(network, at_page="initialise", **query)


def of(*layers: Layer, inputs: int = 3) -> Experiment:
    return Experiment(network=NetworkSpec(input=Features(in_features=inputs), layers=layers))


@pytest.mark.parametrize("look", ["weights", "signals", "compare"])
@pytest.mark.parametrize(("preset", "language"), combined(FIRST, ["en", "zh"]))
def test_every_preset_in_every_view(preset: str, look: str, language: str) -> None:
    page = looked_at(PRESETS[preset].experiment, lang=language, look=look)
    assert value(page, "look") == look
    assert linked(page) == PRESETS[preset].experiment


def test_a_click_leads_to_the_page_and_the_network_comes_along() -> None:
    page = enter(opened(DEEP, look="signals"), "page", "initialise")
    assert value(page, "look") == "signals" and linked(page) == DEEP


def test_the_verdict_is_mended_by_one_click_and_one_undo_takes_it_back() -> None:
    page = looked_at(DEEP, look="signals")
    assert "▼ Vanishing" in text(page)
    press(page, "fix")
    assert "✓ Steady" in text(page)
    plan = make_plan(linked(page).network)
    verdict = judge(plan, measure(build_module(plan), plan, 256, 0))
    assert verdict and verdict.regime == "steady"
    press(page, "undo")
    assert linked(page) == DEEP and "▼ Vanishing" in text(page)


def test_the_chart_shows_every_layer_and_the_selected_one_at_large() -> None:
    page = looked_at(DEEP, look="signals", at="sigmoid4")
    forward, *_ = charts(page)["courses_chart"]["data"]
    assert len(forward["y"]) == len(DEEP.network.paths) + 1
    assert value(page, "signals_layer") == "sigmoid4" and "Saturated: 0.0%" in text(page)
    enter(page, "signals_layer", "linear2")
    assert page.query_params["at"] == "linear2" and "Saturated" not in text(page)


def test_many_seeds_become_a_band() -> None:
    page = looked_at(TUTORIAL, look="signals")
    assert sum(trace.get("fill") == "toself" for trace in charts(page)["courses_chart"]["data"]) == 0
    waited(enter(page, "seeds", "20"))
    assert sum(trace.get("fill") == "toself" for trace in charts(page)["courses_chart"]["data"]) == 2
    assert "over 20 seeds" in text(page)


@pytest.mark.parametrize("aspect", ASPECTS)
def test_up_to_six_variants_stand_side_by_side(aspect: str) -> None:
    page = looked_at(DEEP, look="compare", vary=aspect)
    shown = len(charts(page)["variants_densities_chart"]["data"])
    assert 2 <= shown <= MOST
    among = next(item["of"] for _, item in items(page) if item["name"] == f"{aspect}6")
    enter(page, f"{aspect}6", among[-1][0])
    assert len(charts(page)["variants_densities_chart"]["data"]) == shown + 1
    assert page.query_params[f"{aspect}6"] == among[-1][0]


def test_a_variant_is_taken_over_with_one_click_and_one_undo() -> None:
    page = looked_at(DEEP, look="compare", vary="activation", activation2="ReLU")
    press(page, "take 1")
    assert {layer.kind for layer in linked(page).network.layers} == {"Linear", "ReLU", "Softmax"}
    press(page, "undo")
    assert linked(page) == DEEP


def test_all_are_tried_and_a_stopped_map_goes_on_where_it_was() -> None:
    seeded = Experiment(network=TUTORIAL.network.model_copy(update={"seed": 77}))
    page = looked_at(seeded, look="compare", vary="every", map_work="off")
    assert f"0 of {len(CELLS)}" in text(page) and charts(page)["map_work"]["data"][1]["customdata"] == []
    waited(press(page, "work"))
    assert len(charts(page)["map_work"]["data"][1]["customdata"]) == len(CELLS)
    assert {item["name"] for _, item in items(page)} & {"work"} == set()


@pytest.mark.parametrize(
    ("point", "leads"),
    [
        (["zeros_", "ReLU"], True),
        (["gone", "ReLU"], False),
        (["zeros_"], False),
        ([["zeros_"], "ReLU"], False),
        (None, False),
        ("zeros_", False),
    ],
)
def test_a_cell_of_the_map_leads_to_its_comparison_with_the_network(point: object, leads: bool) -> None:
    page = gesture(looked_at(TUTORIAL, look="compare", vary="every", map_work="off"), "map_work", point=point)
    assert value(page, "vary") == ("both" if leads else "every")
    if leads:
        assert [value(page, f"both{n}") for n in (1, 2, 3)] == ["same", "zeros_-ReLU", "-"]
        assert linked(page) == TUTORIAL


@pytest.mark.parametrize("look", ["weights", "signals", "compare"])
@pytest.mark.parametrize(
    ("network", "said"),
    [
        (of(), "no layers yet"),
        (of(Linear(name="a", out_features=1_000_000), Linear(name="b", out_features=1000)), "a live network may take"),
        (
            of(*[Linear(name=f"l{n}", out_features=9, weight_init=Normal(std=1e6)) for n in range(9)]),
            "too large for float32",
        ),
        (of(Dropout(name="d")), "No layer here has weights, so"),
        (of(BatchNorm1d(name="n"), Linear(name="a", out_features=2)), ""),
        (of(*[Linear(name=f"l{n}", weight_init=XavierUniform(gain=0.0), bias=False) for n in range(3)]), ""),
        (of(Linear(name="a"), ReLU(name="r")), ""),
    ],
)
def test_what_can_not_be_shown_is_said_and_the_page_stands(network: Experiment, said: str, look: str) -> None:
    page = looked_at(network, look=look)
    assert said in text(page) or look != "signals"
    for aspect in (*ASPECTS, "every") if look == "compare" and charts(page) else ():
        enter(page, "vary", aspect)


def test_what_is_beyond_float32_is_called_infinite_and_never_nan() -> None:
    huge = of(*[Linear(name=f"l{n}", out_features=9, weight_init=Normal(std=1e6)) for n in range(9)])
    page = looked_at(huge, look="signals")
    assert "∞ behind l8, the last layer with weights: too large for float32." in text(page)
    assert "× nan" not in text(page)


@pytest.mark.parametrize(("word", "aspect"), combined(["nonsense", "", "same", "Group", "1e999"], ASPECTS))
def test_a_link_with_any_words_opens(word: str, aspect: str) -> None:
    query = {f"{each}{n}": word for each in ASPECTS for n in (1, 4)}
    looked_at(TUTORIAL, look="compare", vary=aspect, seeds=word, map_work=word, **query)
