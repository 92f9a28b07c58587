"""A variant is the same network but for the one thing that it says."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from builder.analysis.comparison import offered, variant
from builder.analysis.fitting import dense_layers
from builder.analysis.variants import (
    fitted,
    hidden_depth,
    rectified,
    rotating,
    with_activation,
    with_depth,
    with_factor,
    with_initializer,
)
from builder.core.options import Refusal
from builder.initializers import WEIGHTS, Default, Eye, Initializer, Orthogonal, TruncNormal, XavierUniform, Zeros
from builder.layers import LAYERS
from builder.layers.activations import ReLU, Tanh
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.layers.output import Softmax
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.networks import LOOKED_AT
from tests.strategies import initializers, networks

TUTORIAL = make_plan(PRESETS["tutorial"].experiment.network)
DEEP = PRESETS["deep_sigmoid"].experiment.network
ACTIVATIONS = sorted(kind.kind for kind in LAYERS.values() if kind.family == "activation")


@given(networks(), initializers(WEIGHTS))
def test_another_initializer_everywhere(network: NetworkSpec, weights: Initializer) -> None:
    other = with_initializer(make_plan(network), weights)
    assert {dense.weights for dense in dense_layers(make_plan(other))} <= {weights}
    assert other.paths == network.paths and other.seed == network.seed


@given(networks(), st.sampled_from(ACTIVATIONS))
def test_another_activation_in_every_hidden_layer(network: NetworkSpec, kind: str) -> None:
    assume(make_plan(network).problem is None)
    other = with_activation(make_plan(network), LAYERS[kind])
    before, after = (dense_layers(make_plan(spec)) for spec in (network, other))
    assert [dense.weights for dense in after] == [dense.weights for dense in before]
    assert {dense.activation.layer.kind if dense.activation else "" for dense in after if dense.hidden} <= {kind}
    assert with_activation(make_plan(other), LAYERS[kind]) == other


def test_an_activation_behind_normalization_is_exchanged_and_none_is_added_before_it() -> None:
    layers = (Linear(name="a", out_features=3), BatchNorm1d(name="n"), ReLU(name="r"), Linear(name="b"))
    other = with_activation(make_plan(NetworkSpec(input=Features(in_features=2), layers=layers)), Tanh)
    assert [layer.kind for layer in other.layers] == ["Linear", "BatchNorm1d", "Tanh", "Linear"]


@pytest.mark.parametrize("kind", sorted(WEIGHTS))
@given(data=st.data(), factor=st.sampled_from([0.1, 0.5, 2.0, 3.0]))
def test_weights_times_a_factor_are_drawn_from_the_stretched_distribution(
    kind: str, data: st.DataObject, factor: float
) -> None:
    weights = data.draw(st.sampled_from([WEIGHTS[kind]()]) | initializers({kind: WEIGHTS[kind]}))
    spec = NetworkSpec(input=Features(in_features=30), layers=(Linear(name="a", out_features=20, weight_init=weights),))
    try:
        other = with_factor(make_plan(spec), factor)
    except Refusal:
        return  # an option would leave its bounds
    one, two = (build_module(make_plan(network)).get_parameter("a.weight").detach() for network in (spec, other))
    if isinstance(weights, Eye):
        assert torch.equal(one, two)
    elif isinstance(weights, Default):  # drawn by the constructor, and then once more: 600 other numbers
        assert float(two.abs().max()) <= factor / 30**0.5
        assert float(two.std()) == pytest.approx(factor * float(one.std()), rel=0.15)
    elif not isinstance(weights, TruncNormal) or weights.std >= 1e-3:
        torch.testing.assert_close(
            two, factor * one, rtol=1e-4, atol=max(1e-38, 1e-5 * factor * float(one.abs().max()))
        )


@pytest.mark.parametrize("hidden", [1, 2, 9, 10, 11, 30])
def test_another_depth_cuts_the_last_hidden_layers_off_or_repeats_the_last(hidden: int) -> None:
    assert hidden_depth(DEEP) == 10
    other = with_depth(DEEP, hidden)
    plan = make_plan(other)
    assert plan.problem is None and hidden_depth(other) == hidden
    kinds = [layer.kind for layer in other.layers]
    assert kinds == ["Linear", "Sigmoid"] * hidden + ["Linear", "Softmax"]
    assert other.layers[: 2 * min(hidden, 10)] == DEEP.layers[: 2 * min(hidden, 10)]
    assert other.layers[-2:] == DEEP.layers[-2:]


def test_a_group_is_repeated_as_one_and_what_comes_first_and_last_stays() -> None:
    grouped = DEEP.wrapped("linear9", "sigmoid9", "linear10", "sigmoid10").inserted(LAYERS["Dropout"](name="d"), "")
    assert hidden_depth(grouped) == 9
    other = with_depth(grouped, 11)
    assert make_plan(other).problem is None and [layer.kind for layer in other.layers][-5:-2] == ["Sequential"] * 3
    assert other.layers[0].name == "d"


def test_without_a_hidden_layer_there_is_no_other_depth() -> None:
    flat = NetworkSpec(layers=(Linear(name="a"), Softmax(name="s")))
    assert hidden_depth(flat) == 0 and with_depth(flat, 5) == flat
    with pytest.raises(Refusal):
        with_depth(DEEP, 600)


def test_weights_that_suit_each_activation() -> None:
    kinds = [dense.weights.kind for dense in dense_layers(make_plan(fitted(TUTORIAL)))]
    assert kinds == ["xavier_uniform_", "kaiming_normal_", "kaiming_normal_"]
    assert fitted(TUTORIAL).layer("out").weight_init.nonlinearity == "linear"  # type: ignore[attr-defined]
    assert {layer.kind for layer in rectified(make_plan(DEEP)).spec.layers} == {"Linear", "ReLU", "Softmax"}
    turned = [dense.weights for dense in dense_layers(make_plan(rotating(TUTORIAL)))]
    assert turned == [Orthogonal(gain=1.1), Orthogonal(gain=2**0.5), Orthogonal()]
    assert rotating(TUTORIAL).layer("out").bias_init == Zeros()  # type: ignore[attr-defined]
    assert with_initializer(TUTORIAL, XavierUniform()) != TUTORIAL.spec


@pytest.mark.parametrize("name", LOOKED_AT)
@pytest.mark.parametrize("aspect", ["initializer", "activation", "gain"])
def test_networks_of_every_sort_are_varied_and_still_fit_and_are_built(name: str, aspect: str) -> None:
    spec = LOOKED_AT[name].network
    for word in offered(spec, aspect):  # type: ignore[arg-type]
        if word == "GLU" or (name == "deep" and word not in ("dirac_", "eye_", "ReLU", "2")):
            continue  # a GLU gives half of what it takes
        plan = make_plan(variant(make_plan(spec), aspect, word))  # type: ignore[arg-type]
        assert not plan.problem, plan.problem
        if aspect == "initializer":
            build_module(plan)


def test_an_identity_matrix_is_a_dirac_kernel_in_a_convolution() -> None:
    spec = with_initializer(make_plan(LOOKED_AT["cnn"].network), Eye())
    kinds = {layer.kind: layer.weight_init.kind for layer in spec.by_path.values() if hasattr(layer, "weight_init")}
    assert kinds == {"Conv2d": "dirac_", "Linear": "eye_"}
