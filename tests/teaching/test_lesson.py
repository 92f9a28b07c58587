"""The lesson: its checks and mends on every network, its questions and diagnoses against real torch modules."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from builder.analysis.summary import table_text
from builder.core.messages import Message
from builder.layers.activations import ReLU, Tanh
from builder.layers.blocks import Group, Repeat
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Sequence
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.teaching.exercises import (
    BIASES_FORGOTTEN,
    BIASES_MULTIPLIED,
    BIASES_OF_INPUTS,
    INPUTS_AS_OUTPUTS,
    MAX_SEED,
    NO_BIASES,
    ONE_BIAS,
    OUTPUTS_AS_INPUTS,
    SIZES_ADDED,
    exercise,
    network,
)
from builder.teaching.lesson import LESSONS, MAX_LINES, Lesson, class_text, parameters_text
from builder.zoo.presets import PRESETS
from tests.strategies import experiments, nested_networks, networks

TUTORIAL = PRESETS["tutorial"].experiment
BLANK = PRESETS["blank"].experiment.network
BY_KEY = {lesson.key: lesson for lesson in LESSONS}
BUILDING = [lesson for lesson in LESSONS if lesson.mend]
SEEDS = st.integers(0, MAX_SEED)


def missing(key: str, network: NetworkSpec) -> list[str]:
    return [message.text() for message in BY_KEY[key].missing(make_plan(network))]


def mended(network: NetworkSpec) -> NetworkSpec:
    for lesson in BUILDING:
        assert lesson.mend
        network = lesson.mend(network)
    return network


def with_linear1(**options: object) -> NetworkSpec:
    layer = TUTORIAL.network.layer("linear1")
    for name, value in options.items():
        layer = layer.with_option(name, value)
    return TUTORIAL.network.replaced("linear1", layer)


@pytest.mark.parametrize("lesson", BUILDING, ids=lambda lesson: lesson.key)
def test_each_check_fails_before_and_passes_on_the_tutorials_network(lesson: Lesson) -> None:
    assert lesson.missing(make_plan(BLANK))
    assert lesson.missing(make_plan(TUTORIAL.network)) == []


def test_the_mends_alone_lead_from_a_blank_network_to_exactly_the_tutorials() -> None:
    network = BLANK
    for lesson in BUILDING:
        assert lesson.mend and lesson.missing(make_plan(network))
        network = lesson.mend(network)
        assert lesson.missing(make_plan(network)) == []
    assert network == TUTORIAL.network


@given(networks())
def test_a_mend_does_its_own_step_even_when_the_steps_before_were_left_out(network: NetworkSpec) -> None:
    for lesson in BUILDING[1:]:
        assert lesson.mend and lesson.built
        made = lesson.mend(network)
        assert lesson.missing(make_plan(made)) == [] and lesson.built(made) in made.paths


@given(networks())
def test_after_its_mends_any_network_misses_nothing(network: NetworkSpec) -> None:
    plan = make_plan(mended(network))
    assert [lesson.missing(plan) for lesson in LESSONS] == [[] for _ in LESSONS]
    assert plan.problem is None and plan.count == make_plan(TUTORIAL.network).count


@pytest.mark.parametrize(
    ("key", "network", "sentence"),
    [
        ("first", BLANK, "Your network has no first layer yet."),
        ("first", with_linear1(out_features=5), "Your first layer has 5 neurons; the tutorial's has 3."),
        ("first", with_linear1(out_features=1), "Your first layer has 1 neuron; the tutorial's has 3."),
        ("first", with_linear1(bias=False), "Your first layer has no biases; the tutorial's has one a neuron."),
        ("first", with_linear1(trainable=False), "Your first layer is frozen; switch Trainable on at the right."),
        (
            "first",
            with_linear1(weight_init={"kind": "default"}),
            "The weights of your first layer start out as PyTorch default; the tutorial's as Xavier uniform.",
        ),
        (
            "first",
            with_linear1(weight_init={"kind": "xavier_uniform_", "gain": 2.0}),
            "In your first layer, the options of Xavier uniform are not the usual ones.",
        ),
        (
            "first",
            TUTORIAL.network.removed("sigmoid1"),
            "No activation follows your first layer; the tutorial's has Sigmoid.",
        ),
        (
            "first",
            TUTORIAL.network.swapped(Tanh, "sigmoid1"),
            "Tanh follows your first layer; the tutorial's has Sigmoid.",
        ),
        (
            "first",
            PRESETS["xor"].experiment.network,
            "Your network takes 2 input features; the tutorial's takes 3.",
        ),
        ("others", PRESETS["perceptron"].experiment.network, "Your network has no second layer yet."),
        ("others", PRESETS["xor"].experiment.network, "Your network has no output layer yet."),
        ("others", TUTORIAL.network.renamed("out", "linear3"), "Your output layer is called linear3; call it out."),
        (
            "others",
            TUTORIAL.network.inserted(BatchNorm1d(name="norm"), "sigmoid1"),
            "Your network has 1 layer that the tutorial's has not: norm.",
        ),
        (
            "others",
            PRESETS["deep_relu"].experiment.network,
            "Your network has 16 layers that the tutorial's has not, the first is linear4.",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_sentence_with_both_numbers(key: str, network: NetworkSpec, sentence: str) -> None:
    assert sentence in missing(key, network)


def test_a_mend_keeps_the_name_that_a_person_gave() -> None:
    named = BLANK.with_layers((Linear(name="mine", out_features=7),))
    assert mended(named).paths == ("mine", "sigmoid1", "linear2", "relu1", "out", "softmax1")


def test_a_first_layer_called_out_makes_room_for_the_output_layer() -> None:
    paths = mended(BLANK.with_layers((Linear(name="out"),))).paths
    assert paths == ("linear3", "sigmoid1", "linear2", "relu1", "out", "softmax1")


@given(experiments(), SEEDS)
def test_every_step_has_its_words_for_every_network(experiment: Experiment, seed: int) -> None:
    plan = make_plan(experiment.network)
    for lesson in LESSONS:
        said = [*lesson.paragraphs(plan, experiment.batch), *lesson.missing(plan), lesson.title]
        assert all(message.text().strip() for message in said)
        if lesson.display:
            assert len(lesson.display(plan, experiment.batch).splitlines()) <= MAX_LINES + 20
        if question := lesson.ask(plan, experiment.batch, seed):
            assert question.judge(str(question.answer)).right
            assert question.prompt.text() and question.why.text()


def test_the_numbers_of_why_are_those_of_the_students_layers() -> None:
    said = " ".join(m.text() for m in BY_KEY["weights"].paragraphs(make_plan(TUTORIAL.network), TUTORIAL.batch))
    assert "linear1" in said and "√(6 / (3 + 3)) = 1." in said
    assert "linear2" in said and "√(2 / 3) = 0.8165" in said


def fills(module: torch.nn.Module, name: str) -> float:
    """The bound that torch's own Xavier keeps to: just above the largest of very many weights it draws."""
    weight = module.get_parameter(f"{name}.weight")
    drawn = torch.cat([torch.nn.init.xavier_uniform_(torch.empty_like(weight)).flatten() for _ in range(200)])
    return float(drawn.abs().max())


def test_the_inputs_of_a_convolution_are_those_of_its_window() -> None:
    lenet = PRESETS["lenet5"].experiment
    said = " ".join(m.text() for m in BY_KEY["weights"].paragraphs(make_plan(lenet.network), lenet.batch))
    assert (
        "conv1: weights between −b and b, b = √(6 / (25 + 150)) = 0.1852." in said and "numbers in the window" in said
    )
    assert fills(build_module(make_plan(lenet.network)), "conv1") == pytest.approx(0.1852, rel=0.01)


def test_the_inputs_of_a_linear_layer_on_a_sequence_are_those_of_one_step() -> None:
    spec = NetworkSpec(
        input=Sequence(length=7, features=12), layers=(Linear(name="a", out_features=4), ReLU(name="relu1"))
    )
    said = " ".join(m.text() for m in BY_KEY["weights"].paragraphs(make_plan(spec), Batch()))
    assert "σ = √(2 / 12) = 0.4082" in said and "window" not in said


def test_the_class_that_is_shown_is_the_class_alone() -> None:
    text = class_text(make_plan(TUTORIAL.network), TUTORIAL.batch)
    assert text.startswith("class Model(nn.Module):") and text.endswith("return x")
    assert "def __init__" in text and "def forward" in text and "def summary" not in text


def test_the_classes_of_blocks_are_shown_with_it_and_nothing_else_and_all_of_it_runs() -> None:
    inside = [Group(name=name, layers=(Linear(name=inner),)) for name, inner in (("one", "a"), ("two", "b"))]
    plan = make_plan(BLANK.with_layers(tuple(inside)))
    text = class_text(plan, TUTORIAL.batch)
    assert [getattr(made, "name", "") for made in ast.parse(text).body] == ["One", "Two", "Model"]
    names: dict[str, Any] = {"nn": torch.nn}
    exec(text, names)
    assert [name for name, _ in names["Model"]().named_parameters()] == [
        "one.a.weight",
        "one.a.bias",
        "two.b.weight",
        "two.b.bias",
    ]


def test_of_a_long_program_the_class_of_the_whole_is_shown() -> None:
    blocks = tuple(Group(name=f"block{n}", layers=(Linear(name=f"linear{n}"),)) for n in range(30))
    assert class_text(make_plan(BLANK.with_layers(blocks)), TUTORIAL.batch).startswith("class Model(nn.Module):")
    many = BLANK.with_layers(tuple(Linear(name=f"linear{n}") for n in range(300)))
    lines = class_text(make_plan(many), TUTORIAL.batch).splitlines()
    assert lines[0] == "class Model(nn.Module):" and len(lines) == MAX_LINES + 1 and lines[-1] == "…"


def shown_parameters(network: NetworkSpec) -> list[list[str]]:
    lines = [line.split("  ") for line in parameters_text(make_plan(network), TUTORIAL.batch).splitlines()]
    return [[part.strip() for part in line if part.strip()] for line in lines]


@given(networks() | nested_networks())
def test_the_parameters_that_are_shown_are_torchs(network: NetworkSpec) -> None:
    real = [
        [name, str(list(p.shape)), f"requires_grad={p.requires_grad}"]
        for name, p in build_module(make_plan(network), meta=True).named_parameters()
    ]
    assert shown_parameters(network) == (real if len(real) <= MAX_LINES else [*real[:MAX_LINES], ["…"]])


REPEATED = BLANK.with_layers((Repeat(name="twice", layers=(Linear(name="a", out_features=3),)),))


@given(nested_networks())
@example(REPEATED)
def test_the_questions_ask_for_lines_that_are_shown(network: NetworkSpec) -> None:
    plan, batch = make_plan(network), Batch(rows=3)
    summary, named = (BY_KEY[key].ask(plan, batch, 0) for key in ("summary", "named"))
    if summary:
        name = dict(summary.prompt.values)["name"]
        assert name in table_text(plan, batch.rows).split()
    if named:
        assert dict(named.prompt.values)["name"] in [name for name, *_ in shown_parameters(network)][:MAX_LINES]


@pytest.mark.parametrize("preset", PRESETS)
def test_the_questions_of_every_preset_ask_for_lines_that_are_shown(preset: str) -> None:
    experiment = PRESETS[preset].experiment
    for key in ("summary", "named"):
        display, question = BY_KEY[key].display, BY_KEY[key].ask(make_plan(experiment.network), experiment.batch, 0)
        assert display is not None
        if question:
            shown = display(make_plan(experiment.network), experiment.batch).split()
            assert dict(question.prompt.values)["name"] in shown


@given(SEEDS)
def test_an_exercises_answer_is_what_torch_counts(seed: int) -> None:
    module = build_module(make_plan(network(seed)))
    question = exercise(seed)
    assert question.answer == sum(p.numel() for p in module.parameters())
    assert question.why.text().endswith(f" = {question.answer}")
    for sizes in (p.shape for p in module.parameters()):
        assert all(str(size) in question.prompt.text() for size in sizes)


@given(SEEDS, st.integers(0, 1000))
def test_only_the_right_number_is_right_and_it_is_never_diagnosed(seed: int, number: int) -> None:
    question = exercise(seed)
    verdict = question.judge(str(number))
    assert verdict.right == (number == question.answer)
    mistakes = {said for _, said in question.slips}
    assert verdict.right != (len(verdict.said) == 2)
    if verdict.right:
        assert not mistakes & set(verdict.said)
    else:
        assert question.why in dict(verdict.said[1].values).values()


def diagnosis(seed: int, number: int) -> Message:
    return exercise(seed).judge(str(number)).said[0]


@given(st.integers(0, MAX_SEED // 4))
def test_the_usual_mistakes_are_recognised(quarter: int) -> None:
    """Each number is worked out here from torch's shapes in the way in which a student goes wrong."""
    biased, unbiased, two, norm = (4 * quarter + kind for kind in range(4))
    (b, a), _ = (p.shape for p in build_module(make_plan(network(biased))).parameters())
    assert diagnosis(biased, a * b) == BIASES_FORGOTTEN
    assert diagnosis(biased, a * b * b) == BIASES_MULTIPLIED
    assert diagnosis(biased, a * b + a) in (BIASES_OF_INPUTS, BIASES_FORGOTTEN)
    assert diagnosis(biased, a * b + 1) in (ONE_BIAS, OUTPUTS_AS_INPUTS, INPUTS_AS_OUTPUTS)
    [(b, a)] = [p.shape for p in build_module(make_plan(network(unbiased))).parameters()]
    assert diagnosis(unbiased, a * b + b) == NO_BIASES
    (b, a), _, (c, _), _ = (p.shape for p in build_module(make_plan(network(two))).parameters())
    assert diagnosis(two, a * b + b * c) == BIASES_FORGOTTEN
    assert "output layer has parameters, too" in diagnosis(two, a * b + b).text()
    [(a,), _] = [p.shape for p in build_module(make_plan(network(norm))).parameters()]
    assert "not learned" in diagnosis(norm, 4 * a).text()


def test_more_mistakes_by_their_numbers() -> None:
    seed = next(4 * n for n in range(1000) if network(4 * n).input.shape == (2,) and exercise(4 * n).answer == 27)
    said = {number: diagnosis(seed, number) for number in (18, 20, 19, 90, 6, 11)}  # Linear(2, 9)
    assert said == {
        18: BIASES_FORGOTTEN,
        20: BIASES_OF_INPUTS,
        19: ONE_BIAS,
        90: OUTPUTS_AS_INPUTS,
        6: INPUTS_AS_OUTPUTS,
        11: SIZES_ADDED,
    }


@pytest.mark.parametrize("typed", ["", " ", "twelve", "-12", "1.5", "1e3", "９" * 40, "½", "<b>", "9" * 400])
def test_what_is_no_whole_number_gets_a_sentence_and_nothing_is_given_away(typed: str) -> None:
    question = exercise(0)
    verdict = question.judge(typed)
    assert not verdict.right
    assert [m.text() for m in verdict.said] == ["The answer is a whole number, written in digits."]


def test_thousands_may_be_written_with_commas_and_spaces() -> None:
    question = BY_KEY["named"].ask(make_plan(PRESETS["mnist"].experiment.network), Batch(), 0)
    assert question and question.answer == 2560
    assert all(question.judge(typed).right for typed in ("2560", "2,560", " 2 560 ", "2，560"))


@given(networks())
def test_the_four_questions_answers_are_torchs(spec: NetworkSpec) -> None:
    plan, batch = make_plan(spec), Batch(rows=3)
    if plan.problem or not plan.steps:
        return
    check(plan, batch)


def check(plan: Plan, batch: Batch) -> None:
    module = build_module(plan)
    outputs = module(torch.zeros(2 * batch.rows, *plan.input_shape))
    shapes = BY_KEY["shapes"].ask(plan, batch, 0)
    assert shapes and shapes.answer == outputs.numel()
    named = BY_KEY["named"].ask(plan, batch, 0)
    weights = [p for name, p in module.named_parameters() if name.endswith(".weight")]
    assert (named.answer if named else None) == (weights[-1].numel() if weights else None)


def test_the_counting_exercise_changes_with_its_seed_and_comes_back_with_it() -> None:
    plan = make_plan(TUTORIAL.network)
    asked = [BY_KEY["counting"].ask(plan, TUTORIAL.batch, seed) for seed in range(40)]
    prompts = [question.prompt.text() for question in asked if question]
    assert len(set(prompts)) > 30
    assert asked == [BY_KEY["counting"].ask(plan, TUTORIAL.batch, seed) for seed in range(40)]
