"""One contract for every initializer: its options are torch's, and it draws from our generator alone."""

from __future__ import annotations

import inspect
import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.core.options import Refusal, options_of
from builder.initializers.base import BIASES, REGISTRIES, WEIGHTS, Initializer
from builder.layers.linear import Linear
from builder.network.inputs import Features
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module, run
from tests.strategies import frozen

INITIALIZERS = {**WEIGHTS, **BIASES}
KINDS = pytest.mark.parametrize("kind", INITIALIZERS.values(), ids=INITIALIZERS)


def weights(kind: type[Initializer], **options: object) -> torch.Tensor:
    layer = Linear(name="linear1", out_features=200, weight_init=kind.checked(options))
    spec = NetworkSpec(input=Features(in_features=300), layers=(layer,), seed=3)
    return build_module(make_plan(spec)).get_parameter("linear1.weight").detach()


@KINDS
def test_options_are_torchs_arguments_with_torchs_defaults(kind: type[Initializer]) -> None:
    assert kind.label.template and kind.summary.template and kind.formula and kind.source.template
    if kind.kind == "default":
        return
    torchs = dict(inspect.signature(getattr(torch.nn.init, kind.kind)).parameters)
    ours = {option.name: option for option in options_of(kind)}
    assert set(torchs) - {"tensor", "generator"} == set(ours)
    for name, option in ours.items():
        if torchs[name].default is not inspect.Parameter.empty:
            assert option.default == torchs[name].default


@KINDS
@given(data=st.data())
def test_filling_is_finite_and_depends_on_nothing_but_the_seed(kind: type[Initializer], data: st.DataObject) -> None:
    initializer = data.draw(frozen(kind))
    role = "weight_init" if kind.kind in WEIGHTS else "bias_init"
    layer = Linear.checked({"name": "linear1", "out_features": 5, role: initializer})
    plan = make_plan(NetworkSpec(layers=(layer,), seed=data.draw(st.integers(0, 9))))
    before = torch.get_rng_state()
    first, again = build_module(plan).state_dict(), build_module(plan).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    for name, values in first.items():
        assert values.isfinite().all()
        assert torch.equal(values, again[name])


@KINDS
def test_the_same_on_the_meta_device_takes_no_storage(kind: type[Initializer]) -> None:
    call = kind().call()
    if call is not None:
        tensor = torch.empty(2**20, 2**20, device="meta")
        run(call, tensor)
        assert tensor.is_meta


def test_every_class_can_be_chosen_and_torchs_default_stands_first() -> None:
    named = {kind for kind in descendants(Initializer) if "kind" in vars(kind)}
    assert named == {kind for registry in REGISTRIES.values() for kind in registry.values()}
    for registry in REGISTRIES.values():
        assert next(iter(registry)) == "default"


def descendants(kind: Any) -> set[Any]:
    return {kind, *(each for below in kind.__subclasses__() for each in descendants(below))}


def test_biases_have_a_choice_of_their_own() -> None:
    assert list(BIASES) == ["default", "uniform_", "normal_", "constant_", "zeros_"]
    assert len(WEIGHTS) == 14


@pytest.mark.parametrize(
    ("kind", "options", "std"),
    [
        ("default", {}, math.sqrt(1 / 300 / 3)),
        ("xavier_uniform_", {}, math.sqrt(2 / 500)),
        ("xavier_normal_", {"gain": 2.0}, 2 * math.sqrt(2 / 500)),
        ("kaiming_uniform_", {}, math.sqrt(2 / 300)),
        ("kaiming_normal_", {"mode": "fan_out"}, math.sqrt(2 / 200)),
        ("kaiming_normal_", {"a": 1.0}, math.sqrt(1 / 300)),
        ("kaiming_normal_", {"nonlinearity": "tanh"}, 5 / 3 / math.sqrt(300)),
        ("uniform_", {"a": -1.0, "b": 1.0}, 1 / math.sqrt(3)),
        ("normal_", {"std": 0.25}, 0.25),
        ("orthogonal_", {"gain": 3.0}, 3 / math.sqrt(300)),
    ],
)
def test_the_spread_is_what_the_formula_says(kind: str, options: dict[str, object], std: float) -> None:
    drawn = weights(WEIGHTS[kind], **options)
    assert drawn.std().item() == pytest.approx(std, rel=0.02)
    assert drawn.mean().item() == pytest.approx(0, abs=4 * std / math.sqrt(drawn.numel()) + 1e-9)


def test_sparse_zeroes_its_share_of_each_column() -> None:
    zeros = (weights(WEIGHTS["sparse_"], sparsity=0.25) == 0).sum(dim=0)
    assert zeros.tolist() == [50] * 300


@pytest.mark.parametrize("kind", ["uniform_", "trunc_normal_"])
def test_bounds_the_wrong_way_round_are_refused_with_both_numbers(kind: str) -> None:
    with pytest.raises(Refusal) as refused:
        WEIGHTS[kind].checked({"a": 2.0, "b": 1.0})
    assert refused.value.message.text() == "The lower bound must be less than the upper bound; 2 is not less than 1."
