"""Weights and activations: what is claimed of the one is what torch draws, and of the other what it lets through."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from torch import nn

from builder.analysis.fitting import RECTIFIERS, SQUASHING, as_he, as_xavier, dense_layers, feeding, halves, usual
from builder.initializers import (
    WEIGHTS,
    Default,
    Initializer,
    KaimingNormal,
    KaimingUniform,
    Normal,
    Orthogonal,
    Sparse,
    XavierNormal,
    XavierUniform,
)
from builder.layers import Layer
from builder.layers.activations import GELU, LeakyReLU, PReLU, ReLU, RReLU, Sigmoid, Tanh
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.layers.regularization import Dropout
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.network.step import Step
from builder.runtime.module import build_module
from tests.strategies import initializers


def plan_of(*layers: Layer, inputs: int = 6) -> Plan:
    return make_plan(NetworkSpec(input=Features(in_features=inputs), layers=layers))


def with_weights(weights: Initializer, neurons: int = 4) -> Plan:
    hidden = Linear(name="linear1", out_features=neurons, weight_init=weights)
    return plan_of(hidden, Linear(name="linear2", out_features=2))


def drawn(plan: Plan) -> torch.Tensor:
    return build_module(plan).get_parameter("linear1.weight").detach()


def is_one_number(values: torch.Tensor) -> bool:
    return bool((values == values.flatten()[0]).all())


@given(initializers(WEIGHTS))
def test_weights_that_are_said_to_be_alike_are_one_number(weights: Initializer) -> None:
    plan = with_weights(weights)
    if dense_layers(plan)[0].alike:
        assert is_one_number(drawn(plan))


@pytest.mark.parametrize(
    "weights",
    [
        Normal(std=0.0),
        XavierUniform(gain=0.0),
        XavierNormal(gain=0.0),
        Orthogonal(gain=0.0),
        Sparse(std=0.0),
        Sparse(sparsity=0.8),
    ],
)
def test_weights_can_be_alike_in_more_ways_than_one(weights: Initializer) -> None:
    assert dense_layers(with_weights(weights))[0].alike
    assert is_one_number(drawn(with_weights(weights)))


@pytest.mark.parametrize("weights", [Sparse(sparsity=0.75), Sparse(sparsity=0.1), XavierUniform(), Default()])
def test_weights_that_differ_are_not_alike(weights: Initializer) -> None:
    assert not dense_layers(with_weights(weights))[0].alike
    assert not is_one_number(drawn(with_weights(weights)))


@pytest.mark.parametrize(
    ("layer", "slope"),
    [
        (ReLU(name="a"), 0.0),
        (LeakyReLU(name="a", negative_slope=0.2), 0.2),
        (PReLU(name="a"), 0.25),
        (RReLU(name="a", lower=0.1, upper=0.5), 0.3),
    ],
)
def test_he_weights_have_torchs_gain_for_the_slope(layer: Layer, slope: float) -> None:
    (step,) = plan_of(layer).steps
    assert as_he(XavierUniform(), step) == KaimingUniform(a=slope)
    assert as_he(XavierNormal(), step) == KaimingNormal(a=slope)
    wide = drawn(with_weights(as_he(XavierNormal(), step), neurons=4000))
    assert float(wide.std()) == pytest.approx(nn.init.calculate_gain("leaky_relu", slope) / math.sqrt(6), rel=0.05)


def test_xavier_keeps_the_distribution() -> None:
    assert (as_xavier(KaimingUniform()), as_xavier(KaimingNormal())) == (XavierUniform(), XavierNormal())


@pytest.mark.parametrize("kind", RECTIFIERS)
def test_a_rectifier_lets_about_half_of_the_signals_power_through(kind: type[Layer]) -> None:
    plan = plan_of(kind(name="a"))
    signal = torch.randn(10_000, 6, generator=torch.Generator().manual_seed(0))
    assert halves(plan.steps[0])
    assert 0.45 < float(build_module(plan)(signal).detach().square().mean()) < 0.6


@pytest.mark.parametrize("layer", [LeakyReLU(name="a", negative_slope=-0.9), GELU(name="a"), Tanh(name="a")])
def test_other_activations_are_not_said_to(layer: Layer) -> None:
    assert not halves(plan_of(layer).steps[0])


def test_the_usual_weights() -> None:
    def before(*behind: Layer) -> Initializer:
        return usual(dense_layers(plan_of(Linear(name="linear1"), *behind))[0])

    assert before(PReLU(name="a")) == KaimingNormal(a=0.25)
    assert all(before(kind(name="a")) == XavierUniform() for kind in SQUASHING)
    assert before() == before(GELU(name="a")) == Default()


def test_what_a_layer_feeds_is_the_first_activation_behind_it() -> None:
    def feeds(*behind: Layer) -> list[str]:
        pairs: list[tuple[object, Step]] = [*feeding(plan_of(Linear(name="linear1"), *behind), Layer)]
        return [step.path for _, step in pairs]

    first, second = Sigmoid(name="first"), ReLU(name="second")
    assert feeds(first, second) == ["first"]
    assert feeds(Dropout(name="dropout1"), second) == ["second"]
    assert feeds(BatchNorm1d(name="batchnorm1"), second) == []
    assert feeds(Linear(name="linear2"), second, Linear(name="linear3")) == ["second"]
    assert feeds(second, Linear(name="linear2"), BatchNorm1d(name="batchnorm1")) == ["second"]
    assert feeds() == []
