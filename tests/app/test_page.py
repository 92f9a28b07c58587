"""The page through Streamlit's own test driver: opened alone, in both languages, with any link, without an exception."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from builder.analysis.memory import NUMBER_TYPES, OPTIMISERS, NumberType, Optimiser, memory
from builder.core.messages import size_text
from builder.layers import LAYERS
from builder.layers.blocks import Repeat
from builder.layers.convolution import Conv2d
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.network.experiment import Experiment
from builder.network.inputs import Features, Image
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.app.driver import (
    SCRIPT,
    TUTORIAL,
    charts,
    data,
    enter,
    gesture,
    gestures,
    html,
    linked,
    opened,
    press,
    run,
    text,
    value,
)
from tests.depth import combined
from tests.networks import of_every_kind


@pytest.mark.parametrize(("preset", "language"), combined(list(PRESETS), ["en", "zh"]))
def test_every_preset_opens_alone(preset: str, language: str) -> None:
    page = opened(PRESETS[preset].experiment, lang=language)
    assert linked(page) == PRESETS[preset].experiment
    assert value(page, "preset") == preset
    assert f"{make_plan(PRESETS[preset].experiment.network).count:,}" in text(page)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", ["parameters", "module", "summary", "code"])
def test_every_view_opens_in_both_languages(view: str, language: str) -> None:
    enter(opened(lang=language), "view", view)


@pytest.mark.parametrize(("number", "optimiser", "language"), combined(NUMBER_TYPES, OPTIMISERS, ["en", "zh"]))
def test_the_memory_of_every_type_and_optimiser_is_shown_as_it_is_counted(
    number: NumberType, optimiser: Optimiser, language: str
) -> None:
    page = opened(lang=language, view="memory", numbers=number, optimiser=optimiser)
    found = memory(make_plan(TUTORIAL.network), TUTORIAL.batch.rows, number, optimiser)
    total = found.inference if number == "int8" else found.training
    assert size_text(total) in text(page) and f"{found.parameters:,} × {found.size} B" in text(page)
    assert "≈" not in html(page)


@pytest.mark.parametrize(
    ("preset", "number", "said"),
    [
        ("lstm", "float32", "≈ What LSTM keeps inside is estimated: to about a tenth"),
        ("encoder", "bfloat16", "≈ What MultiheadAttention keeps inside is estimated: with bfloat16 torch"),
    ],
)
def test_a_sum_with_an_estimate_in_it_says_so(preset: str, number: NumberType, said: str) -> None:
    experiment = PRESETS[preset].experiment
    page = opened(experiment, view="memory", numbers=number)
    found = memory(make_plan(experiment.network), experiment.batch.rows, number, "Adam")
    assert f"≈ {size_text(found.training)}" in text(page) and "≈ kept for the backward pass" in text(page)
    assert said in text(page)


def test_networks_that_have_every_kind_of_layer_open_with_each_of_them_in_the_list() -> None:
    for language, network in zip(cycle(["en", "zh"]), of_every_kind(), strict=False):
        page = opened(Experiment(network=network), at=network.paths[-1], lang=language)
        assert {layer.name for layer in network.layers} <= set(seen(page))
        assert f"{make_plan(network).count:,}" in text(page)


def test_the_page_opens_on_the_tutorial_network_with_its_numbers() -> None:
    page = opened()
    assert linked(page) == TUTORIAL
    shown = text(page)
    assert "26 parameters" in shown and "12 + 8 + 6" in shown and "104 B" in shown and "19 MACs a row" in shown
    assert "3 × 3 weights + 3 biases = 12" in shown
    assert "3 neurons with 3 weights and 1 bias each" in shown
    assert "plan 26 = module 26 = exported program 26" in shown
    assert "[5, 3] → [5, 2]" in shown


@pytest.mark.parametrize("token", ["", "nonsense", "1.abc", "2.abc", "1.eJw", "x" * 5000, "<script>alert(1)</script>"])
def test_a_broken_link_is_answered_with_a_sentence_and_the_tutorial_network(token: str) -> None:
    page = opened(token)
    assert "link" in text(page)
    assert "<script>" not in html(page)
    assert linked(page) == TUTORIAL


def test_a_broken_selection_or_language_in_the_link_is_ignored() -> None:
    page = opened(TUTORIAL, at="<b>", lang="tlh")
    assert page.query_params["lang"] == "en"
    assert page.query_params["at"] == ""


def test_a_click_may_interrupt_the_very_first_run() -> None:
    page = AppTest.from_file(SCRIPT, default_timeout=60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builder.ui.state.run.publish", lambda: None)  # never reached
        run(page)
    assert linked(run(page)) == TUTORIAL


def test_a_change_in_a_field_is_one_step_and_undo_restores_the_field() -> None:
    page = enter(opened(), "linear1.out_features", "4")
    assert linked(page).network.layer("linear1").out_features == 4  # type: ignore[attr-defined]
    assert "32 parameters +6" in text(page) and "16 + 10 + 6" in text(page)
    press(page, "undo")
    assert linked(page) == TUTORIAL
    assert value(page, "linear1.out_features") == "3"
    press(page, "redo")
    assert value(page, "linear1.out_features") == "4"


def test_a_whole_number_can_be_typed_with_a_point_or_an_exponent() -> None:
    page = enter(opened(), "linear1.out_features", "4.0")
    assert linked(page).network.layer("linear1").out_features == 4  # type: ignore[attr-defined]
    enter(page, "linear1.out_features", "1e1")
    assert linked(page).network.layer("linear1").out_features == 10  # type: ignore[attr-defined]


BAD_ENTRIES = [
    ("linear1.out_features", "0", "Neurons must be at least 1; 0 is too small."),
    ("linear1.out_features", "-7", "Neurons must be at least 1; -7 is too small."),
    ("linear1.out_features", "2.5", "Neurons must be a whole number; 2.5 is not."),
    ("linear1.out_features", "1e30", "Neurons must be at most 1,000,000; 1e30 is too large."),
    ("linear1.out_features", "9" * 5000, "Neurons must be a finite number; inf is not."),
    ("linear1.out_features", "", "Neurons needs a number."),
    ("linear1.out_features", "three", "Neurons needs a number."),
    ("linear1.weight_init.gain", "1e9", "Gain must be at most 1e6; 1e9 is too large."),
    ("linear1.weight_init.gain", "nan", "Gain must be a finite number; nan is not."),
    ("linear1:name", "2 fast", "“2 fast” can't be a name in Python"),
    ("linear1:name", "out", "Another layer is already called “out”; “out1” is free."),
    ("linear1:name", "forward", "Every nn.Module already has “forward”"),
    ("seed", "-1", "Seed of the weights must be at least 0; -1 is too small."),
    ("batch.rows", "0", "Batch size must be at least 1; 0 is too small."),
    ("batch.seed", "0.5", "Input seed must be a whole number; 0.5 is not."),
]


def test_a_bad_entry_gets_its_sentence_stays_to_be_mended_and_loses_nothing() -> None:
    page, before = opened(), "no sentence yet"
    for key, entry, sentence in BAD_ENTRIES:
        enter(page, key, entry)
        assert sentence in text(page) and (before == sentence or before not in text(page))
        assert linked(page) == TUTORIAL
        assert value(page, key) == entry
        before = sentence
    enter(page, "linear1:name", "first")
    assert before not in text(page)
    assert linked(page).network.paths[0] == "first"


def test_what_a_person_typed_never_becomes_html() -> None:
    page = enter(opened(), "linear1:name", "<b onclick=x>bold</b>")
    assert "“<b onclick=x>bold</b>” can't be a name" in text(page)
    assert "<b " not in html(page)


def test_going_back_to_the_old_value_after_a_refusal_is_taken() -> None:
    page = enter(enter(opened(), "linear1.out_features", 0.0), "linear1.out_features", "3")
    assert "too small" not in text(page)
    assert linked(page) == TUTORIAL


def test_renaming_keeps_the_layer_selected() -> None:
    page = enter(opened(), "linear1:name", "first")
    assert page.query_params["at"] == "first"


def test_a_dense_layer_is_linear_with_its_activation_in_one_step() -> None:
    page = opened(PRESETS["blank"].experiment)
    enter(page, "with", "Sigmoid")
    press(page, "dense")
    assert linked(page).network.paths == ("linear1", "sigmoid1")
    press(page, "dense")
    assert linked(page).network.paths == ("linear1", "sigmoid1", "linear2", "sigmoid2")
    press(page, "undo")
    assert linked(page).network.paths == ("linear1", "sigmoid1")


def test_the_last_dense_layer_brings_no_activation_unless_it_is_asked_for() -> None:
    page = opened(PRESETS["blank"].experiment)
    press(page, "dense")
    assert linked(page).network.paths == ("linear1",)
    press(page, "dense")
    assert linked(page).network.paths == ("linear1", "relu1", "linear2")
    enter(page, "other", "Softmax")
    assert linked(page).network.paths == ("linear1", "relu1", "linear2", "softmax1")
    assert "stands between" not in text(page)


def test_a_dense_layer_between_others_has_an_activation_on_either_side() -> None:
    page = press(opened(TUTORIAL, at="linear1"), "dense")
    assert linked(page).network.paths[:5] == ("linear1", "sigmoid1", "linear3", "relu2", "linear2")
    one = opened(
        PRESETS["blank"].experiment.with_network(NetworkSpec(layers=(Linear(name="a"), BatchNorm1d(name="n")))), at="n"
    )
    press(one, "dense")
    assert linked(one).network.paths == ("a", "n", "relu1", "linear1")


@pytest.mark.parametrize("at", ["conv1", "out", ""])
def test_what_does_not_fit_is_said_once_whatever_is_selected(at: str) -> None:
    spec = NetworkSpec(input=Image(height=6, width=6), layers=(Conv2d(name="conv1"), Linear(name="out")))
    page = opened(Experiment(network=spec), at=at)
    assert text(page).count("Linear needs a flat vector but receives 1 × 4 × 4.") == 1


def test_any_other_layer_is_added_behind_the_selected_one() -> None:
    page = enter(opened(TUTORIAL, at="linear1"), "other", "Dropout")
    assert linked(page).network.paths[:3] == ("linear1", "dropout1", "sigmoid1")
    assert page.query_params["at"] == "dropout1"
    assert value(page, "other") is None


def test_batch_norm_on_a_batch_of_one_says_so_and_how_to_go_on() -> None:
    network = TUTORIAL.network.inserted(LAYERS["BatchNorm1d"](name="norm1"), "linear1")
    page = opened(Experiment(network=network).with_batch(TUTORIAL.batch.with_option("rows", 1)), at="norm1")
    assert "norm1: A batch of one has no variance" in text(page)
    assert "set the batch to 2 rows or more" in text(page)
    enter(page, "batch.rows", "2")
    assert "batch of one" not in text(page)


def test_a_network_without_layers_says_how_to_begin() -> None:
    assert "The network has no layers yet" in text(opened(PRESETS["blank"].experiment))


def test_a_network_beyond_the_budget_is_planned_counted_and_drawn() -> None:
    layers = (Linear(name="linear1", out_features=1_000_000), Linear(name="linear2", out_features=300_000))
    network = NetworkSpec(input=Features(in_features=100_000), layers=layers)
    page = opened(Experiment(network=network))
    assert "400,001,300,000 parameters" in text(page)
    assert "linear2: Weights and signals would need 1.6 TB" in text(page)
    assert "plan 400,001,300,000 = module 400,001,300,000 = exported program 400,001,300,000" in text(page)
    enter(page, "view", "module")
    enter(page, "view", "summary")
    enter(page, "view", "code")


def test_two_networks_that_differ_only_in_kind_do_not_share_a_result() -> None:
    def chart(kind: str) -> object:
        return charts(opened(TUTORIAL.with_network(TUTORIAL.network.swapped(LAYERS[kind], "relu1"))))["softmax_bars"]

    assert chart("Tanh") != chart("Sigmoid")


def test_the_language_switch_changes_every_sentence_and_keeps_the_network() -> None:
    page = enter(opened(), "linear1.out_features", "5")
    before = linked(page)
    enter(page, "language", "zh")
    assert linked(page) == before
    assert page.query_params["lang"] == "zh"
    assert value(page, "linear1.out_features") == "5"
    for sentence in ("parameters", "trainable", "weights", "Every neuron"):
        assert sentence not in text(page)


def test_a_gesture_at_a_layer_that_is_gone_changes_nothing() -> None:
    page = opened()
    visit = page.session_state["visit"]
    visit.history = visit.history.edited(PRESETS["blank"].experiment)
    visit.selected = ""
    enter(page, "linear1.out_features", "4")
    assert linked(page) == PRESETS["blank"].experiment


def test_a_choice_of_view_survives_while_another_is_drawn() -> None:
    page = enter(enter(opened(), "view", "code"), "form", "sequential")
    enter(page, "view", "summary")
    enter(page, "view", "code")
    assert value(page, "form") == "sequential"


def test_each_page_is_a_few_lines_without_logic() -> None:
    for path in (Path(__file__).parents[2] / "pages").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 30


def test_a_hint_is_mended_by_one_click_and_taken_back_by_one_undo() -> None:
    page = opened()
    assert "nn.CrossEntropyLoss takes the scores" in text(page)
    press(page, "mend 0")
    assert linked(page) == TUTORIAL.with_network(TUTORIAL.network.removed("softmax1"))
    assert "nn.CrossEntropyLoss" not in text(page)
    press(page, "undo")
    assert linked(page) == TUTORIAL


def test_a_hint_leads_to_where_it_can_be_seen() -> None:
    zeros = TUTORIAL.network.layer("linear2").with_option("weight_init", {"kind": "zeros_"})
    page = opened(TUTORIAL.with_network(TUTORIAL.network.replaced("linear2", zeros)), at="out")
    assert "In linear2, all weights start out the same" in text(page)
    press(page, "show 0")
    assert page.query_params["at"] == "linear2"
    assert value(page, "view") == "module"


def test_layers_become_a_group_that_is_looked_at_and_taken_apart() -> None:
    page = opened()
    gesture(page, "layer_list", type="wrap", path="sigmoid1", others=["linear1"], kind="Sequential")
    assert page.query_params["at"] == "block1"
    assert "A group of 2 layers" in text(page)
    press(page, "unwrap")
    assert linked(page) == TUTORIAL


@pytest.mark.parametrize("others", [["gone"], "linear1", [3], [["linear1"]], {}])
def test_a_gesture_on_layers_that_are_not_there_changes_nothing(others: object) -> None:
    page = opened()
    gesture(page, "layer_list", type="wrap", path="sigmoid1", others=others, kind="Sequential")
    assert linked(page) == TUTORIAL


@pytest.mark.parametrize("kind", [None, "Linear", "", ["Sequential"], "Nothing"])
def test_layers_are_wrapped_in_no_other_kind_than_the_toolbar_offers(kind: object) -> None:
    page = opened()
    gesture(page, "layer_list", type="wrap", path="sigmoid1", others=["linear2"], kind=kind)
    assert linked(page) == TUTORIAL


def test_gestures_in_several_parts_are_carried_out_in_the_order_they_were_made() -> None:
    select = [("layer_list", {"type": "select", "path": path}) for path in ("sigmoid1", "linear2", "linear1")]
    add = [("add", {"name": "other", "value": kind}) for kind in ("Tanh", "ReLU", "Dropout")]
    page = gestures(opened(), *(one for pair in zip(select, add, strict=True) for one in pair))
    names = [layer.name for layer in linked(page).network.layers]
    assert names == ["linear1", "dropout1", "sigmoid1", "tanh1", "linear2", "relu2", *TUTORIAL.network.paths[3:]]


def seen(page: AppTest) -> list[str]:
    """The paths of the rows of the list."""
    return [row["path"] for row in data(page, "layer_list")["rows"] if row["path"]]


NESTED = TUTORIAL.with_network(TUTORIAL.network.wrapped("sigmoid1", "linear2").wrapped("block1", "relu1"))


@pytest.mark.parametrize(
    "said", ["", ",", "-", "--", "gone", "-gone", "block2 ,x", "<b>", "block2." * 900, "'\"\\\0", "-linear1"]
)
def test_a_link_that_opens_what_is_no_block_opens_nothing(said: str) -> None:
    page = opened(NESTED, open=said, at="linear1")
    assert seen(page) == seen(opened(NESTED, at="linear1"))
    gesture(page, "layer_list", type="toggle", path="linear1")
    assert linked(page) == NESTED


def test_what_was_opened_and_closed_by_hand_stays_so_however_long_the_network_grows() -> None:
    closed_inner = opened(NESTED, at="linear1", open="-block2.block1")
    assert "block2.block1" in seen(closed_inner) and "block2.block1.sigmoid1" not in seen(closed_inner)
    page = gesture(opened(NESTED, at="linear1"), "layer_list", type="toggle", path="block2.block1")
    gesture(page, "layer_list", type="toggle", path="block2")
    gesture(page, "network_drawing", type="toggle", path="block2")
    assert seen(page) == seen(closed_inner)
    for _ in range(12):  # from 16 rows on blocks are closed at first
        enter(page, "dense", True)
    assert {"block2.relu1", "block2.block1"} <= set(seen(page)) and "block2.block1.sigmoid1" not in seen(page)


def test_a_block_with_the_selected_layer_is_open_and_closing_it_selects_it() -> None:
    page = opened(NESTED, at="block2.block1.linear2", open="-block2,-block2.block1")
    assert "block2.block1.linear2" in seen(page)
    gesture(page, "layer_list", type="toggle", path="block2")
    assert page.query_params["at"] == "block2" and "block2.relu1" not in seen(page)


def test_a_network_that_no_link_carries_is_left_out_of_the_link_and_the_page_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("builder.ui.state.link.MAX_TOKEN", 10)
    page = opened()
    assert "n" not in page.query_params
    assert "too long for a link, so a reload would lose it" in text(page)
    run(page)
    press(page, "mend 0")
    monkeypatch.setattr("builder.ui.state.link.MAX_TOKEN", 60_000)
    assert linked(run(page)).network.paths[-1] == "out"


def test_a_refusal_that_was_read_is_not_repeated_when_one_looks_elsewhere() -> None:
    page = enter(opened(), "linear1.out_features", "0")
    assert "0 is too small" in text(page)
    enter(page, "view", "code")
    assert "0 is too small" not in text(page)


@pytest.mark.parametrize("view", ["parameters", "module", "summary"])
def test_of_more_copies_than_can_be_made_none_is_made_or_listed(view: str) -> None:
    inside = tuple(Linear(name=f"linear{n}", out_features=3) for n in range(1, 11))
    page = opened(
        Experiment(network=NetworkSpec(layers=(Repeat(name="repeat1", times=1000, layers=inside),))), view=view
    )
    shown = text(page)
    assert "120,000 parameters" in shown and "exported program" not in shown
    assert "With all its copies the network has 10,000 layers" in shown
