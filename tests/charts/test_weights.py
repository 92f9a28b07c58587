"""The figure of the weights: areas are shares, the curve is the distribution's density, spikes are what has a probability of its own."""

from __future__ import annotations

from itertools import pairwise

import plotly.graph_objects as go
import pytest
import torch

from builder.analysis.weights import measure
from builder.charts.weights import Words, histogram
from builder.initializers import distributions
from builder.initializers.distributions import Distribution

WORDS = Words("measured", "theory", "value", "density", "share", "each")
BELL = torch.randn(5000, generator=torch.Generator().manual_seed(4))


def figure(values: torch.Tensor | None, expected: Distribution) -> go.Figure:
    return go.Figure(histogram(None if values is None else measure(values, expected), expected, WORDS, 300))


def test_the_area_of_the_bars_is_one_and_that_below_the_curve_too() -> None:
    bars, curve = figure(BELL, distributions.normal(0.0, 1.0)).data
    assert sum(y * w for y, w in zip(bars.y, bars.width, strict=True)) == pytest.approx(1.0)
    points = zip(pairwise(curve.x), pairwise(curve.y), strict=True)
    assert sum((b - a) * (p + q) / 2 for (a, b), (p, q) in points) == pytest.approx(1.0, abs=1e-3)


def test_the_curve_of_a_uniform_distribution_stands_upright_at_its_bounds() -> None:
    *_, curve = figure(torch.tensor([0.1, 0.2]), distributions.uniform(-0.5, 0.5)).data
    assert (curve.x[0], curve.y[0], curve.x[1], curve.y[1]) == (-0.5, 0.0, -0.5, 1.0)
    assert (curve.x[-1], curve.y[-1]) == (0.5, 0.0)


def test_six_weights_are_shown_one_by_one_too() -> None:
    values = torch.tensor([0.1, 0.2, -0.4, 0.3, 0.0, -0.1])
    bars, marks, _ = figure(values, distributions.uniform(-0.5, 0.5)).data
    assert sorted(marks.x) == sorted(values.tolist())
    assert sum(count for _, _, count in bars.customdata) == 6


def test_zeros_of_a_sparse_matrix_are_a_spike_on_the_axis_of_shares() -> None:
    values = torch.cat([BELL, torch.zeros(5000)])
    bars, spike, mark, curve = figure(values, distributions.sparse(0.5, 1.0)).data
    assert (list(spike.x), list(spike.y), spike.yaxis) == ([0.0], [0.5], "y2")
    assert (list(mark.x), list(mark.y)) == ([0.0], [0.5])
    assert sum(y * w for y, w in zip(bars.y, bars.width, strict=True)) == pytest.approx(0.5)
    assert curve.name == "theory"


def test_an_identity_is_two_spikes_and_no_density() -> None:
    shown = figure(torch.eye(4), distributions.identity(4, 4))
    spikes, marks = shown.data
    assert dict(zip(spikes.x, spikes.y, strict=True)) == {0.0: 0.75, 1.0: 0.25}
    assert list(marks.y) == [0.75, 0.25]
    assert shown.layout.yaxis.visible is False


@pytest.mark.parametrize(
    "expected",
    [
        distributions.point(0.0),
        distributions.point(1e6),
        distributions.uniform(0.0, 1e-30),
        distributions.orthogonal(1.0, 1),
        distributions.orthogonal(1.0, 2),
        distributions.orthogonal(3.0, 784),
        distributions.truncated(-2.0, 0.1, -2.0, 2.0),
        distributions.normal(1e6, 1e-3),
        distributions.sparse(1.0, 1.0),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "values", [None, torch.tensor([torch.nan]), torch.tensor([0.5]), BELL], ids=["none", "nan", "one", "many"]
)
def test_every_distribution_has_a_figure_with_and_without_weights(
    expected: Distribution, values: torch.Tensor | None
) -> None:
    shown = figure(values, expected)
    low, high = shown.layout.xaxis.range
    bottom, top = shown.layout.yaxis.range
    assert low < high and bottom < top < float("inf")
    assert any(trace.name == "theory" for trace in shown.data)
    assert shown.to_json()
