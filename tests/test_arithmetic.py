"""Every line of arithmetic that the app writes comes to the digits that it says, as it is written; elsewhere it says ≈.

`tests/arithmetic.py` reads the lines on its own: nothing of what writes them is asked.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from builder.analysis.summary import arithmetic, multiplications, sum_line
from builder.core.arithmetic import value_of
from builder.core.messages import LANGUAGES, Language
from builder.initializers import KaimingNormal
from builder.initializers.base import REGISTRIES, Initializer
from builder.layers import LAYERS, kinds
from builder.layers.activations import GELU
from builder.layers.normalization import BatchNorm1d
from builder.network.experiment import Batch, Experiment
from builder.network.planner import make_plan
from builder.runtime.module import build_module
from builder.runtime.probe import draw
from builder.runtime.trace import trace_row
from builder.teaching.exercises import exercise
from builder.teaching.lesson import words
from builder.teaching.walkthrough import in_moves, in_numbers, neuron_sum, shares
from builder.zoo.presets import PRESETS
from tests.arithmetic import SAID, calculated, evaluated, expect_true, without_words
from tests.depth import examples
from tests.strategies import FIRST, frozen, nested_experiments, placed
from tests.teaching.test_walkthrough import alone

EVERY = {f"{role} {kind}": each for role, registry in REGISTRIES.items() for kind, each in registry.items()}
LANGUAGE = st.sampled_from(LANGUAGES)
SIZE = st.integers(1, 40) | st.sampled_from([144, 784, 4096, 25_088, 123_457])


@pytest.mark.parametrize("kind", EVERY.values(), ids=EVERY)
@examples(fixed=30, deep=2000)
@given(data=st.data())
def test_how_an_initializer_comes_to_its_numbers(kind: type[Initializer], data: st.DataObject) -> None:
    initializer = data.draw(frozen(kind))
    shape = tuple(data.draw(st.lists(SIZE, min_size=2, max_size=2)))
    if "dirac" in kind.kind:
        shape = (*shape, 3, 3)
    for line in initializer.derive(shape, shape).arithmetic:
        expect_true(line)


def test_the_lines_that_were_wrong_are_true() -> None:
    assert KaimingNormal().derive((10, 144), (10, 144)).arithmetic[-1] == "std = gain / √fan = 1.41421 / √144 = 0.1179"
    assert "√(2 / 25,088)" in KaimingNormal(nonlinearity="relu").derive((4, 25_088), (4, 25_088)).arithmetic[
        -1
    ].replace("gain / √fan = 1.41421 / √25,088", "√(2 / 25,088)")


ALL = sorted(kind.kind for kind in kinds() if kind.kind not in ("Embedding", "TiedLinear"))


@pytest.mark.parametrize("kind", ALL)
@settings(examples(fixed=20, deep=1000), suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data(), scale=st.sampled_from([1.0, 1e-3, 30.0]), temperature=st.floats(0.1, 10))
def test_what_makes_a_number_of_any_layer(kind: str, data: st.DataObject, scale: float, temperature: float) -> None:
    layer, shape = data.draw(placed(LAYERS[kind]))
    assume(layer.unfit(shape) is None and math.prod(layer.output_shape(shape)) <= 5000)
    module, activation = alone(layer, shape, scale)
    index = data.draw(st.integers(0, activation.output.numel() - 1))
    expect_true(in_numbers(module, activation, index))
    for move in in_moves(module, activation, index):
        assert not move.line or " ≈ " in move.line or expect_true(move.line)
    if added := neuron_sum(module, activation, index):
        expect_true(added.line())
    if made := shares(activation, temperature, index):
        expect_true(made.line(made.chosen))


@examples(fixed=25, deep=500)
@given(nested_experiments(), LANGUAGE)
def test_the_counts_of_any_network(experiment: Experiment, language: Language) -> None:
    plan = make_plan(experiment.network)
    for step in (*plan.steps, *plan.blocks.values()):
        said = arithmetic(step).text(language)
        if " = " in said:
            expect_true(without_words(said))
        expect_true(multiplications(step))
    expect_true(f"{sum_line(step.count for step in plan.steps) or 0} = {plan.count:,}")


@pytest.mark.parametrize("preset", PRESETS)
def test_the_counts_of_every_preset(preset: str) -> None:
    plan = make_plan(PRESETS[preset].experiment.network)
    for step in (*plan.steps, *plan.blocks.values()):
        said = arithmetic(step).text()
        assert " = " not in said or expect_true(without_words(said))
        expect_true(multiplications(step))
    assert expect_true(f"{sum_line(step.count for step in plan.steps) or 0} = {plan.count:,}")


@pytest.mark.parametrize("preset", [name for name in FIRST if name != "blank"])
def test_every_number_of_every_layer_of_the_first_networks(preset: str) -> None:
    experiment = PRESETS[preset].experiment
    plan = make_plan(experiment.network)
    module = build_module(plan)
    exact = every = 0
    for activation in trace_row(module, plan, draw(experiment.batch, plan.spec.input), 0):
        for index in range(0, activation.output.numel(), 1 + activation.output.numel() // 20):
            added, made = neuron_sum(module, activation, index), shares(activation, 1.0, index)
            line = added.line() if added else made.line(made.chosen) if made else in_numbers(module, activation, index)
            exact, every = exact + expect_true(line), every + 1
    assert exact > 0.97 * every, "≈ is for torch's own rounding"


@given(st.integers(0, 10**6))
def test_the_solution_of_every_exercise(seed: int) -> None:
    asked = exercise(seed)
    for line in asked.why.text().split("; "):
        assert expect_true(without_words(line))
    assert evaluated(asked.why.text().rpartition(" = ")[2]) == asked.answer


@pytest.mark.parametrize("preset", PRESETS)
def test_the_numbers_of_the_lesson(preset: str) -> None:
    plan = make_plan(PRESETS[preset].experiment.network)
    for message in words.weights(plan, Batch()):
        if "√" in message.text():
            expect_true(message.text().rstrip(".").rpartition("b = ")[2].rpartition("σ = ")[2])


def test_a_normalization_that_cancels_takes_more_digits() -> None:
    module, activation = alone(BatchNorm1d(name="a"), (1,))
    own = module.get_submodule("a")
    for name, value in (("running_mean", 1.98), ("running_var", 0.918), ("weight", 1.3739), ("bias", 1.59)):
        getattr(own, name).data.fill_(value)
    given = torch.tensor([0.8770341])
    with torch.no_grad():
        activation = replace(activation, inputs=(given,), output=own(given[None])[0])
    assert expect_true(in_numbers(module, activation, 0))


def test_the_quicker_curve_of_gelu_has_its_own_formula() -> None:
    module, activation = alone(GELU(name="a", approximate="tanh"), (5,))
    assert in_numbers(module, activation, 0).startswith(f"{'−' * (activation.input[0] < 0)}")
    assert (
        "tanh(√(2 / π)" in in_numbers(module, activation, 0)
        and "tanh" in GELU(name="a", approximate="tanh").chosen_formula
    )
    assert expect_true(in_numbers(module, activation, 0))


def test_the_reader_in_the_app_and_the_reader_of_the_tests_agree() -> None:
    for text in (
        "1 + 2 × 3",
        "−2² / 4",
        "√(9) · √16",
        "|−3| − ⌈0.2⌉",
        "max(1, −2, … 3 …)",
        "exp(1,000)",
        "1 / (1 + exp(−∞))",
        "(−2)³",
    ):
        assert value_of(text) == pytest.approx(calculated(text)), text
    for name in set(SAID) - {"sqrt", "abs", "ceil"}:
        for x in (-3.0, -0.5, 0.5, 4.0):
            line = f"{name}({x})".replace("-", "−")
            assert value_of(line) == pytest.approx(calculated(line), nan_ok=True), line
    for text in ("1 +", "(1", "x", "foo(1)", "1 2"):
        with pytest.raises(ValueError, match=r"missing|not arithmetic"):
            value_of(text)
