"""What is measured of the weights is right, and none that torch draws is called wrong, however few they are."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given

from builder.analysis.weights import (
    CHANCE,
    ERRORS,
    MOST_BINS,
    ONCE_IN,
    Parameter,
    Sample,
    agrees,
    allowed_distance,
    initialised,
    measure,
    parameters,
    rounded,
    std_error,
)
from builder.initializers import WEIGHTS, distributions, registry_of
from builder.initializers.distributions import Distribution
from builder.layers import LAYERS
from builder.layers.blocks import Repeat
from builder.layers.linear import Linear
from builder.layers.shapes import TokenShape
from builder.network.inputs import Features, Image, Sequence, Tokens
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.depth import examples
from tests.strategies import networks, usual_shape

TUTORIAL = make_plan(PRESETS["tutorial"].experiment.network)


def drawn(kind: str, rows: int, columns: int, seed: int = 0, **options: object) -> tuple[Sample, Distribution]:
    layer = Linear(name="linear1", out_features=rows, weight_init=WEIGHTS[kind].checked(options))
    plan = make_plan(NetworkSpec(input=Features(in_features=columns), layers=(layer,), seed=seed))
    expected = parameters(plan.steps[0])[0].distribution
    return measure(build_module(plan).get_parameter("linear1.weight"), expected), expected


def every(plan: Plan) -> list[Parameter]:
    return [parameter for step in initialised(plan) for parameter in parameters(step)]


def test_the_tutorials_parameters_in_their_order() -> None:
    assert [(p.path, p.shape) for p in every(TUTORIAL)] == [
        ("linear1.weight", (3, 3)),
        ("linear1.bias", (3,)),
        ("linear2.weight", (2, 3)),
        ("linear2.bias", (2,)),
        ("out.weight", (2, 2)),
        ("out.bias", (2,)),
    ]
    assert every(TUTORIAL)[5].distribution == distributions.uniform(
        -1 / math.sqrt(2), 1 / math.sqrt(2)
    )  # by the weight's fan_in


def test_what_is_measured_is_what_torch_says() -> None:
    values = torch.tensor([[0.5, -1.0, 0.25], [2.0, 0.0, -0.5]])
    sample = measure(values, distributions.normal(0.0, 1.0))
    assert (sample.count, sample.finite, sample.low, sample.high) == (6, 6, -1.0, 2.0)
    assert sample.mean == pytest.approx(values.mean().item())
    assert sample.std == pytest.approx(values.std().item())
    assert sorted(sample.few) == sorted(values.flatten().tolist())


def test_a_mean_far_from_zero_costs_no_digits() -> None:
    values = 1e4 + torch.randn(1000, generator=torch.Generator().manual_seed(1))
    sample = measure(values, distributions.normal(1e4, 1.0))
    assert sample.mean == pytest.approx(values.double().mean().item(), abs=1e-6)
    assert sample.std == pytest.approx(values.double().std().item(), rel=1e-5)


@examples(fixed=40, deep=500)
@given(spec=networks())
def test_no_network_is_called_wrong_and_every_number_is_in_its_histogram_once(spec: NetworkSpec) -> None:
    plan = make_plan(spec)
    module = build_module(plan)
    for parameter in every(plan):
        sample = measure(module.get_parameter(parameter.path), parameter.distribution)
        assert sum(sample.counts) + sum(sample.atoms.values()) == sample.count == sample.finite
        assert agrees(sample, parameter.distribution) or rounded(parameter.distribution)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (1, 2), (2, 3), (3, 2)], ids=str)
def test_small_layers_are_not_called_wrong(kind: str, shape: tuple[int, int]) -> None:
    """One of 100,000 may be; here are 60 of each kind and shape."""
    for seed in range(60):
        sample, expected = drawn(kind, *shape, seed)
        assert agrees(sample, expected)


@pytest.mark.parametrize("kind", [kind for kind in WEIGHTS if kind not in ("eye_", "constant_", "zeros_", "ones_")])
def test_a_large_layer_tells_its_distribution_from_one_a_twentieth_wider(kind: str) -> None:
    sample, expected = drawn(kind, 300, 400)
    assert agrees(sample, expected)
    assert not agrees(measure(1.05 * build(kind, 300, 400), expected), expected)


def build(kind: str, rows: int, columns: int) -> torch.Tensor:
    layer = Linear(name="linear1", out_features=rows, weight_init=WEIGHTS[kind]())
    plan = make_plan(NetworkSpec(input=Features(in_features=columns), layers=(layer,)))
    return build_module(plan).get_parameter("linear1.weight").detach()


@pytest.mark.parametrize("kind", ["eye_", "constant_", "zeros_", "ones_"])
def test_where_nothing_is_drawn_every_number_must_be_right(kind: str) -> None:
    sample, expected = drawn(kind, 3, 5)
    assert agrees(sample, expected) and sample.std == pytest.approx(expected.std, abs=1e-6)
    changed = build(kind, 3, 5).clone()
    changed[1, 1] += 0.01
    assert not agrees(measure(changed, expected), expected)


@pytest.mark.parametrize(
    "expected",
    [distributions.uniform(-1.0, 1.0), distributions.normal(0.0, 2.0), distributions.truncated(0, 1, -2, 2)],
    ids=["flat", "bell", "cut"],
)
@pytest.mark.parametrize("count", [5, 30, 300])
def test_the_standard_error_is_how_far_the_spread_of_samples_strays(expected: Distribution, count: int) -> None:
    """s² of 20,000 samples: its own spread is known to 2 % (the standard error of a spread, with a kurtosis up to 6)."""
    generator = torch.Generator().manual_seed(2)
    draws = torch.rand(20_000, count, generator=generator, dtype=torch.double)
    if isinstance(expected, distributions.Uniform):
        values = 2 * draws - 1
    else:
        low, high = (-2.0, 2.0) if isinstance(expected, distributions.TruncatedNormal) else (-math.inf, math.inf)
        edges = [(1 + math.erf(z / math.sqrt(2))) / 2 for z in (low, high)]
        values = math.sqrt(2) * torch.erfinv(2 * (edges[0] + draws * (edges[1] - edges[0])) - 1)
        values *= 1.0 if isinstance(expected, distributions.TruncatedNormal) else 2.0
    strayed = values.var(dim=1).std().item()
    assert std_error(expected, count) * 2 * expected.std == pytest.approx(strayed, rel=0.05)


@pytest.mark.parametrize("count", [2, 3, 4, 6, 10, 30, 100, 10_000, 10**6])
def test_the_rule_calls_less_than_one_of_its_number_of_right_parameters_wrong(count: int) -> None:
    """Of the normal distribution, exactly: (n − 1) s² / σ² follows the chi-square distribution with n − 1 degrees of freedom."""
    expected, half = distributions.normal(0.0, 2.0), torch.tensor((count - 1) / 2, dtype=torch.double)
    reach = ERRORS * std_error(expected, count) / expected.std
    wide = torch.special.gammaincc(half, half * (1 + reach) ** 2).item()
    narrow = torch.special.gammainc(half, half * max(0.0, 1 - reach) ** 2).item()
    moved = math.erfc(ERRORS / math.sqrt(2))
    assert wide + narrow + moved + CHANCE < 1 / ONCE_IN


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    expected = distributions.normal(0.0, 1.0)
    sample = measure(torch.tensor([1.0, math.nan, math.inf, -math.inf, 3.0]), expected)
    assert (sample.count, sample.finite, sample.mean, sum(sample.counts)) == (5, 2, 2.0, 2)
    assert not agrees(sample, expected)
    none = measure(torch.tensor([math.nan]), expected)
    assert (none.count, none.finite, none.edges) == (1, 0, ())
    assert not agrees(none, expected)


def test_a_number_that_is_alone_has_no_spread() -> None:
    sample, expected = drawn("xavier_uniform_", 1, 1)
    assert math.isnan(sample.std) and agrees(sample, expected)


def test_few_numbers_get_few_bins_and_many_get_many_from_bound_to_bound() -> None:
    few, expected = drawn("xavier_uniform_", 2, 3)
    many, wide = drawn("xavier_uniform_", 500, 800)
    assert len(few.counts) == 4 and len(few.few) == 6
    assert len(many.counts) == MOST_BINS and not many.few
    assert (few.edges[0], few.edges[-1]) == expected.bounds
    assert (many.edges[0], many.edges[-1]) == wide.bounds


def test_zeros_of_a_sparse_matrix_are_counted_apart() -> None:
    sample, expected = drawn("sparse_", 20, 50, sparsity=0.25)
    assert sample.atoms == {0.0: 250} and sum(sample.counts) == 750
    assert sample.atoms[0.0] / 1000 == expected.atoms[0.0]


def test_numbers_that_float32_runs_together_are_said_to_be_rounded() -> None:
    sample, expected = drawn("normal_", 40, 50, mean=1e6, std=0.001)
    assert rounded(expected) and not agrees(sample, expected)
    assert not rounded(drawn("normal_", 40, 50, mean=100.0, std=1.0)[1])


def test_the_greatest_distance_is_between_the_shares() -> None:
    """Four numbers in the upper half of the uniform distribution: at the middle none of the expected half is there."""
    expected = distributions.uniform(0.0, 1.0)
    sample = measure(torch.tensor([0.6, 0.7, 0.8, 0.9]), expected)
    assert sample.distance == pytest.approx(0.5)
    assert allowed_distance(expected, 4) > 1  # four numbers can't contradict a distribution so surely
    assert not agrees(measure(torch.rand(4000, generator=torch.Generator().manual_seed(0)) / 2, expected), expected)


@pytest.mark.parametrize(
    "kind", [kind.kind for kind in LAYERS.values() if kind.family != "block" and kind(name="a").initial()]
)
def test_every_parameter_of_every_kind_starts_out_as_its_theory_says(kind: str) -> None:
    shape = usual_shape(LAYERS[kind])
    fields = [name for name in LAYERS[kind].model_fields if name.endswith("_init")]
    for field in fields:
        for initializer in registry_of(LAYERS[kind], field).values():
            layer = LAYERS[kind](name="a")
            if "out_channels" in type(layer).model_fields:
                layer = layer.with_option("out_channels", 12)
            layer = layer.with_option(field, initializer())
            given = {
                1: Features(in_features=8),
                2: Sequence(length=8, features=8),
                3: Image(channels=4, height=8, width=8),
            }
            volume = Image(channels=4, height=8, width=8, depth=8)
            words = Tokens(length=5, vocabulary=7)
            entering = words if isinstance(shape, TokenShape) else given.get(len(shape), volume)
            plan = make_plan(NetworkSpec(input=entering, layers=(Repeat(name="r", layers=(layer,), times=1),)))
            assert not plan.problem, plan.problem
            module = build_module(plan)
            for parameter in parameters(plan.steps[0]):
                sample = measure(module.get_parameter(parameter.path), parameter.distribution)
                assert agrees(sample, parameter.distribution), (
                    parameter.path,
                    initializer.kind,
                    sample,
                    parameter.distribution,
                )
