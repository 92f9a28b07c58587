"""The distributions of the initializers against torch's own draws and gains and the literature; and their arithmetic adds up."""

from __future__ import annotations

import math
import re
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from torch import Tensor, nn

from builder.initializers import Default, Initializer, KaimingNormal, KaimingUniform, TruncNormal, distributions, fans
from builder.initializers.base import BIASES, GLOROT, HE, LECUN, MARTENS, SAXE, TORCH, WEIGHTS
from builder.initializers.distributions import Distribution, Orthogonal, TruncatedNormal
from builder.initializers.xavier_he import Nonlinearity
from builder.runtime.module import drawing_from, run
from tests.strategies import frozen

INITIALIZERS = {**WEIGHTS, **BIASES}

DRAWS = 100_000  # numbers that are drawn at least, but for tiny matrices
MATRICES = 1_000  # that are drawn at most
ERRORS = 5.0  # standard errors that a mean or standard deviation may be off: by chance less than once in 100,000 tests
CHANCE = 1e-6  # that a right distribution is further from its draws than the critical distance

CHOICES: list[tuple[str, dict[str, object]]] = [
    ("default", {}),
    ("xavier_uniform_", {}),
    ("xavier_uniform_", {"gain": 5 / 3}),
    ("xavier_uniform_", {"gain": 0.0}),
    ("xavier_normal_", {"gain": 2.0}),
    ("kaiming_uniform_", {"a": math.sqrt(5)}),
    ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_normal_", {"nonlinearity": "tanh"}),
    ("kaiming_normal_", {"mode": "fan_out", "a": -3.0}),
    ("uniform_", {"a": -0.5, "b": 2.0}),
    ("normal_", {"mean": 3.0, "std": 0.25}),
    ("normal_", {"mean": 0.7, "std": 0.0}),
    ("trunc_normal_", {}),
    ("trunc_normal_", {"mean": 1.0, "std": 3.0, "a": 0.5, "b": 4.0}),
    ("trunc_normal_", {"mean": -2.0, "std": 0.1}),
    ("trunc_normal_", {"std": 1000.0}),
    ("orthogonal_", {}),
    ("orthogonal_", {"gain": -3.0}),
    ("sparse_", {}),
    ("sparse_", {"sparsity": 0.75, "std": 2.0}),
    ("sparse_", {"sparsity": 1.0}),
    ("eye_", {}),
    ("constant_", {"val": 0.7}),
    ("zeros_", {}),
    ("ones_", {}),
]
SHAPES = [(1, 1), (1, 2), (2, 1), (3, 3), (2, 5), (12, 30), (300, 400), (10, 12_000), (12_000, 10)]
EVERY_CHOICE = pytest.mark.parametrize(("kind", "options"), CHOICES, ids=map(str, CHOICES))
KINDS = pytest.mark.parametrize("kind", INITIALIZERS.values(), ids=INITIALIZERS)


def drawn(initializer: Initializer, shape: tuple[int, int]) -> Tensor:
    """Numbers that torch's own initializer draws for weights of `shape`, again and again, in one row.

    `vmap` runs the initializer for all matrices at once, each with draws of its own. It can't where torch looks at what
    it drew (`trunc_normal_`, which treats every number alike, so that one large matrix does).
    """
    call, fixed = initializer.call(), initializer.derive(shape, shape).distribution.fixed
    count = 1 if fixed else min(MATRICES, math.ceil(DRAWS / math.prod(shape)))
    weights = torch.empty(count, *shape)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        if call is None:
            weights = torch.stack([nn.Linear(shape[1], shape[0]).weight.detach() for _ in range(count)])
        elif count == 1:
            run(call, weights[0])
        elif isinstance(initializer, TruncNormal):
            run(call, weights.view(-1, shape[1]))
        else:
            weights = torch.vmap(partial(run, call), randomness="different")(weights)
    return weights.flatten().double()


def distance(values: Tensor, expected: Distribution) -> float:
    """Kolmogorov's distance between `values` and `expected`, over 2,000 of the values."""
    ordered = values.sort().values
    points = ordered[:: max(1, len(ordered) // 2000)].contiguous()
    shares = torch.searchsorted(ordered, points, right=True).double() / len(ordered)
    pairs: list[tuple[float, float]] = torch.stack([points, shares], dim=1).tolist()
    return max(abs(share - expected.cumulative(x)) for x, share in pairs)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@EVERY_CHOICE
def test_torch_draws_what_the_distribution_says(kind: str, options: dict[str, object], shape: tuple[int, int]) -> None:
    initializer = INITIALIZERS[kind].checked(options)
    expected = initializer.derive(shape, shape).distribution
    values = drawn(initializer, shape)
    n = len(values)
    mean, std = values.mean().item(), values.std(correction=0).item()
    low, high = expected.bounds
    slack = 1e-6 * max(abs(mean), std, 1e-30)  # of float32
    assert low - slack <= values.min().item() <= values.max().item() <= high + slack
    if expected.fixed:
        assert distance(values, expected) < 1e-9
        assert (mean, std) == pytest.approx((expected.mean, expected.std), abs=1e-9)
        return
    assert distance(values, expected) < math.sqrt(math.log(2 / CHANCE) / 2 / n)
    assert abs(mean - expected.mean) < ERRORS * expected.std / math.sqrt(n)
    of_mean = expected.std * ERRORS**2 / 2 / n  # the numbers' own mean is a little off, too
    assert (
        abs(std - expected.std) < ERRORS * expected.std * math.sqrt((expected.kurtosis - 1) / n) / 2 + of_mean + slack
    )


@pytest.mark.parametrize("shape", [(3, 3), (200, 500), (500, 200), (1, 7)], ids=str)
def test_the_default_is_what_nn_linear_does_by_itself(shape: tuple[int, int]) -> None:
    """torch: `kaiming_uniform_(weight, a=√5)`, and the bias with the bound of its weight."""
    with drawing_from(3):
        layers = [nn.Linear(shape[1], shape[0]) for _ in range(200)]
    for parameter in ("weight", "bias"):
        values = torch.cat([getattr(layer, parameter).detach().flatten() for layer in layers])
        expected = Default().derive(tuple(getattr(layers[0], parameter).shape), shape).distribution
        assert expected.bounds == pytest.approx((-1 / math.sqrt(shape[1]), 1 / math.sqrt(shape[1])))
        assert (
            expected.bounds[1] * (1 - 50 / len(values)) < values.abs().max().item() <= expected.bounds[1] * (1 + 1e-6)
        )
    same = KaimingUniform(a=math.sqrt(5)).derive(shape, shape).distribution
    assert same.bounds == pytest.approx(Default().derive(shape, shape).distribution.bounds)


@given(rows=st.integers(1, 30), columns=st.integers(1, 30))
def test_fans_are_torchs(rows: int, columns: int) -> None:
    for shape in ((rows, columns), (rows, columns, 3, 2)):
        assert fans(shape) == nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("nonlinearity", Nonlinearity.__args__)  # type: ignore[attr-defined]
@given(slope=st.floats(-1e6, 1e6))
def test_the_gain_is_torchs(nonlinearity: Nonlinearity, slope: float) -> None:
    expected = KaimingNormal(nonlinearity=nonlinearity, a=slope).derive((4, 9), (4, 9)).distribution
    assert expected.std * 3 == pytest.approx(nn.init.calculate_gain(nonlinearity, slope), rel=1e-12)


def test_lecun_1998_a_linear_layer_keeps_the_variance_where_the_standard_deviation_is_one_over_root_fan_in() -> None:
    """LeCun et al. 1998, 4.6: inputs of variance 1 and weights of standard deviation m^(−1/2) give sums of variance 1."""
    fan_in, neurons, rows = 400, 500, 500
    for initializer in (KaimingNormal(nonlinearity="linear"), KaimingUniform(nonlinearity="linear")):
        expected = initializer.derive((neurons, fan_in), (neurons, fan_in)).distribution
        assert expected.std == pytest.approx(1 / math.sqrt(fan_in))
        weights = drawn(initializer, (neurons, fan_in)).reshape(-1, fan_in)[:neurons]
        inputs = torch.randn(rows, fan_in, generator=torch.Generator().manual_seed(1), dtype=torch.double)
        sums = inputs @ weights.T
        # The sums of one row, and of one neuron, share their factors: their variances stray like means of squares.
        error = math.sqrt(2 / fan_in * (1 / rows + 1 / neurons) + 2 / rows / neurons)
        assert sums.var().item() == pytest.approx(1.0, abs=ERRORS * error)


def integral(distribution: Distribution, power: int, about: float = 0.0) -> float:
    """∫ (x − about)^power · density, with the atoms: over the angle whose cosine is x, for a density may be infinite at its bounds."""
    low, high = distribution.bounds
    low, high = (
        max(low, distribution.mean - 12 * distribution.std),
        min(high, distribution.mean + 12 * distribution.std),
    )
    middle, half = (low + high) / 2, (high - low) / 2

    def slice_at(angle: float) -> float:
        x = middle + half * math.cos(angle)
        return distribution.density(x) * (x - about) ** power * math.sin(angle) * half

    top = math.acos((distribution.mean - middle) / half)
    of_density: float = quad(slice_at, 0.0, math.pi, points=[top], epsabs=1e-9 * distribution.std**power, epsrel=1e-9)[
        0
    ]
    return of_density + sum(share * (value - about) ** power for value, share in distribution.atoms.items())


DISTRIBUTIONS: list[Distribution] = [
    distributions.uniform(-0.3, 0.9),
    distributions.normal(2.0, 0.01),
    distributions.sparse(0.4, 3.0),
    distributions.identity(3, 7),
    distributions.orthogonal(2.0, 1),
    *(distributions.orthogonal(1.5, side) for side in (2, 3, 4, 10, 1000)),
    TruncatedNormal(0.0, 1.0, -2.0, 2.0),
    TruncatedNormal(1.0, 3.0, 0.5, 4.0),
    TruncatedNormal(-2.0, 0.1, -2.0, 2.0),
    TruncatedNormal(0.0, 400.0, -4.0, 7.0),
    distributions.truncated(0.0, 1000.0, -4.0, 5.9),
]


@pytest.mark.parametrize("expected", DISTRIBUTIONS, ids=str)
def test_mean_spread_and_kurtosis_are_the_integrals_of_the_density(expected: Distribution) -> None:
    assert integral(expected, 0) == pytest.approx(1.0, rel=1e-7)
    assert integral(expected, 1) == pytest.approx(expected.mean, abs=1e-7 * expected.std)
    assert math.sqrt(integral(expected, 2, expected.mean)) == pytest.approx(expected.std, rel=1e-7)
    assert integral(expected, 4, expected.mean) / expected.std**4 == pytest.approx(expected.kurtosis, rel=1e-6)


@pytest.mark.parametrize("expected", DISTRIBUTIONS, ids=str)
def test_the_cumulative_probability_grows_by_the_density_from_0_to_1(expected: Distribution) -> None:
    low, high = expected.bounds
    low, high = max(low, expected.mean - 14 * expected.std), min(high, expected.mean + 14 * expected.std)
    assert expected.cumulative(low - expected.std) == pytest.approx(0.0, abs=1e-12)
    assert expected.cumulative(high + expected.std) == pytest.approx(1.0, abs=1e-12)
    step = (high - low) / 1e5
    for n in range(1, 60):
        x = low + (high - low) * n / 60.5
        if min(abs(x - atom) for atom in (*expected.atoms, math.inf)) > step:
            grown = expected.cumulative(x + step) - expected.cumulative(x - step)
            assert grown == pytest.approx(2 * step * expected.density(x), rel=1e-4, abs=1e-11)
    for value, share in expected.atoms.items():
        assert expected.cumulative(value) - expected.cumulative(value - 1e-9 * abs(high - low)) == pytest.approx(
            share, abs=1e-6
        )


def test_an_entry_of_a_large_orthogonal_matrix_is_nearly_normal() -> None:
    """And of a small one it is not: N = 3 is uniform (Archimedes), N = 2 the arcsine distribution."""
    large, bell = distributions.orthogonal(1.0, 1_000_000), distributions.normal(0.0, 1e-3)
    for x in (-3e-3, -1e-3, 0.0, 5e-4, 2e-3):
        assert large.cumulative(x) == pytest.approx(bell.cumulative(x), abs=1e-6)
        assert large.density(x) == pytest.approx(bell.density(x), rel=1e-4)
    for x in (-0.9, -0.2, 0.0, 0.5):
        assert Orthogonal(1.0, 3).cumulative(x) == pytest.approx((1 + x) / 2)
        assert Orthogonal(1.0, 2).cumulative(x) == pytest.approx(0.5 + math.asin(x) / math.pi)


# ---- the arithmetic ------------------------------------------------------------------------------------------------


def worth(expression: str) -> float:
    """What a side of one of our equations comes to."""
    python = expression.replace(",", "").replace("−", "-").replace("·", "*").replace("²", "**2")
    python = re.sub(r"⌈([^⌉]*)⌉", r"ceil(\1)", python)
    python = re.sub(r"√(?=\()", "sqrt", python)
    python = re.sub(r"√([\d.e-]+)", r"sqrt(\1)", python)
    bell: dict[str, Any] = {
        "Φ": lambda z: (1 + math.erf(z / math.sqrt(2))) / 2,
        "φ": lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
    }
    return float(eval(python, {"__builtins__": {}, "sqrt": math.sqrt, "ceil": math.ceil, **bell}))


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (784, 512)], ids=str)
@EVERY_CHOICE
def test_the_lines_of_arithmetic_add_up_to_the_distribution(
    kind: str, options: dict[str, object], shape: tuple[int, int]
) -> None:
    derivation = INITIALIZERS[kind].checked(options).derive(shape, shape)
    assert derivation.arithmetic
    found = {}
    for line in derivation.arithmetic:
        name, *sides = line.split(" = ")
        result = worth(sides[-1])
        found[name] = result
        numbers = [side for side in sides if not re.search(r"[A-Za-z_α-ω](?![a-z]*\()", re.sub(r"e(?=−?\d)", "", side))]
        for side in numbers:
            if not side.startswith(("max", "min")):
                assert worth(side) == pytest.approx(result, rel=4e-3, abs=2e-3), line
    expected = derivation.distribution
    for name, true in {
        "std": expected.std,
        "√Var[w]": expected.std,
        "mean": expected.mean,
        "E[w]": expected.mean,
        "w": expected.mean,
    }.items():
        if name in found and not (name == "std" and "√Var[w]" in found):
            assert found[name] == pytest.approx(true, rel=1e-3, abs=1e-9)
    if "bound" in found:
        assert expected.bounds == pytest.approx((-found["bound"], found["bound"]), rel=1e-3)


def test_the_tutorials_first_layer_in_its_own_numbers() -> None:
    xavier = INITIALIZERS["xavier_uniform_"]().derive((3, 3), (3, 3))
    assert xavier.arithmetic == (
        "bound = gain · √(6 / (fan_in + fan_out)) = 1 · √(6 / (3 + 3)) = 1.000",
        "std = bound / √3 = 1 / √3 = 0.5774",
    )
    he = KaimingNormal().derive((2, 3), (2, 3))
    assert he.arithmetic == (
        "fan = fan_in = 3",
        "gain(leaky_relu) = √(2 / (1 + a²)) = √(2 / (1 + 0²)) = 1.414",
        "std = gain / √fan = 1.4142 / √3 = 0.8165",
    )
    bias = Default().derive((2,), (2, 4))
    assert bias.arithmetic[0] == "bound = 1 / √fan_in = 1 / √4 = 0.5000"


@KINDS
@given(data=st.data())
def test_every_choice_has_a_distribution(kind: type[Initializer], data: st.DataObject) -> None:
    initializer = data.draw(frozen(kind))
    shape = (data.draw(st.integers(1, 2000)), data.draw(st.integers(1, 2000)))
    of_bias = kind.kind in BIASES and data.draw(st.booleans())
    derivation = initializer.derive(shape[:1] if of_bias else shape, shape)
    expected = derivation.distribution
    low, high = expected.bounds
    assert low <= expected.mean <= high or expected.mean == pytest.approx(low) or expected.mean == pytest.approx(high)
    assert math.isfinite(expected.std) and expected.std >= 0 and expected.kurtosis >= 1 - 1e-6
    assert 0 <= expected.cumulative(expected.mean) <= 1 + 1e-9
    assert all(line.count(" = ") >= 1 and "nan" not in line for line in derivation.arithmetic)


# ---- the sources ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "papers"),
    [
        ("default", [GLOROT]),
        ("xavier_uniform_", [GLOROT]),
        ("xavier_normal_", [GLOROT]),
        ("kaiming_uniform_", [HE, LECUN]),
        ("kaiming_normal_", [HE, LECUN]),
        ("uniform_", [LECUN]),
        ("normal_", [LECUN]),
        ("orthogonal_", [SAXE]),
        ("sparse_", [MARTENS]),
    ],
)
def test_the_paper_is_named(kind: str, papers: list[object]) -> None:
    said = INITIALIZERS[kind].source.text()
    assert all(str(paper) in said for paper in papers)
    assert re.search(r"(19|20)\d\d, “", said)


@KINDS
def test_only_what_is_in_no_paper_has_no_other_source_than_pytorch(kind: type[Initializer]) -> None:
    assert (kind.source == TORCH) == (kind.kind in ("constant_", "zeros_", "ones_"))
