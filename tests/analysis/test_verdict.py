"""The verdict follows its rule, and every mend that is offered makes the network steady."""

from __future__ import annotations

import pytest
from hypothesis import given

from builder.analysis.signals import measure, rows_for
from builder.analysis.variants import with_initializer
from builder.analysis.verdict import Propagation, Regime, Verdict, fates, find_fix, judge, overall
from builder.initializers import Default, Initializer, KaimingNormal, Normal, Ones, XavierUniform, Zeros
from builder.layers import Layer
from builder.layers.activations import ReLU, Sigmoid, Tanh
from builder.layers.linear import Linear
from builder.layers.regularization import Dropout
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.networks import dense
from tests.strategies import networks


def deep(activation: type[Layer], weights: Initializer, depth: int = 20, width: int = 40) -> NetworkSpec:
    layers: list[Layer] = []
    for n in range(depth):
        layers += [Linear(name=f"l{n}", out_features=width, weight_init=weights), activation(name=f"a{n}")]
    out = Linear(name="out", out_features=3, weight_init=weights)
    return NetworkSpec(input=Features(in_features=width), layers=(*layers, out))


def judged(spec: NetworkSpec, seed: int = 0) -> Verdict:
    plan = make_plan(spec)
    verdict = judge(plan, measure(build_module(plan), plan, rows_for(plan), seed))
    assert verdict is not None
    return verdict


@pytest.mark.parametrize(
    ("start", "end", "regime"),
    [
        (1, 1, "steady"),
        (1, 0.1, "steady"),
        (1, 0.099, "vanishing"),
        (1, 10, "steady"),
        (1, 10.1, "exploding"),
        (1, 0, "vanishing"),
        (0, 0, "vanishing"),
        (1, float("inf"), "exploding"),
        (float("nan"), float("nan"), "exploding"),
    ],
)
def test_a_signal_is_steady_within_a_factor_of_ten(start: float, end: float, regime: Regime) -> None:
    assert Propagation(start, end, 3).regime == regime


def test_the_factor_per_layer_is_the_geometric_mean() -> None:
    assert Propagation(2, 16, 3).per_layer == pytest.approx(2)
    assert Propagation(2, 2, 0).per_layer == 1


@pytest.mark.parametrize(
    ("activation", "weights", "regime"),
    [
        (ReLU, KaimingNormal(), "steady"),
        (ReLU, XavierUniform(), "vanishing"),
        (ReLU, Default(), "vanishing"),
        (ReLU, Zeros(), "vanishing"),
        (ReLU, Normal(), "exploding"),
        (ReLU, Ones(), "exploding"),
        (Tanh, Default(), "vanishing"),
        (Tanh, Normal(), "exploding"),  # the gradient: the signal itself can't get larger than 1
        (Sigmoid, XavierUniform(), "vanishing"),
    ],
)
def test_known_cases_and_each_mend_that_is_offered_makes_them_steady(
    activation: type[Layer], weights: Initializer, regime: Regime
) -> None:
    spec = deep(activation, weights)
    assert judged(spec).regime == regime
    if regime != "steady":
        offered = find_fix(make_plan(spec), 0)
        assert offered is not None
        assert judged(offered.mend(spec)).regime == "steady"


@pytest.mark.parametrize("name", ["tutorial", "perceptron", "xor", "mnist", "deep_relu"])
def test_the_networks_to_start_from_are_steady_whatever_their_widths(name: str) -> None:
    assert judged(PRESETS[name].experiment.network).regime == "steady"


def test_logits_that_are_all_zero_are_alike() -> None:
    spec = dense(3, 4, 2)
    for path in spec.paths:
        layer = spec.layer(path)
        spec = spec.replaced(path, layer.with_option("weight_init", Zeros()).with_option("bias_init", Zeros()))
    assert judged(spec).alike


def test_the_deep_sigmoid_network_vanishes_and_its_rows_come_out_alike() -> None:
    verdict = judged(PRESETS["deep_sigmoid"].experiment.network)
    assert verdict.regime == "vanishing" and verdict.alike
    assert not judged(PRESETS["tutorial"].experiment.network).alike


@given(networks())
def test_a_mend_makes_any_network_steady_or_is_not_offered(network: NetworkSpec) -> None:
    plan = make_plan(network)
    if rows_for(plan) and (offered := find_fix(plan, 1)):
        assert judged(offered.mend(network), 1).regime == "steady"


def test_no_mend_is_offered_where_none_helps_and_there_is_no_verdict_without_weights() -> None:
    bare = make_plan(NetworkSpec(layers=(Dropout(name="d"),)))
    assert judge(bare, measure(build_module(bare), bare, 4, 0)) is None
    assert find_fix(bare, 0) is None
    assert find_fix(make_plan(NetworkSpec()), 0) is None


@pytest.mark.parametrize("weights", [XavierUniform(), KaimingNormal()])
def test_over_20_seeds_the_tutorial_network_is_steady_with_either_weights_and_chance_has_its_part(
    weights: Initializer,
) -> None:
    plan = make_plan(with_initializer(make_plan(PRESETS["tutorial"].experiment.network), weights))
    found = overall(list(fates(plan, 64, 0, 20)))
    assert found.regime == "steady" and found.seeds == 20 and found.by_chance


def test_a_wide_network_fares_the_same_under_all_seeds() -> None:
    plan = make_plan(PRESETS["mnist"].experiment.network)
    every = list(fates(plan, 16, 0, 5))
    found = overall(every)
    assert (found.regime, found.agree, found.by_chance) == ("steady", 5, False)
    assert sorted(fate.forward for fate in every)[2] == found.forward
    own = judge(plan, measure(build_module(plan), plan, 16, 0))
    assert own and (every[0].forward, every[0].backward) == (own.forward.factor, own.backward.factor)
