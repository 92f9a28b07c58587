"""The histogram of a parameter's numbers with the density of its distribution over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from builder.analysis.weights import Sample, shown_range
from builder.charts.outputs import MARGIN
from builder.charts.panels import Figure
from builder.core.palette import FAMILY_COLORS
from builder.initializers.distributions import Distribution

MEASURED, THEORY = FAMILY_COLORS["dense"], FAMILY_COLORS["output"]
CURVE_POINTS = 400
HEADROOM = 1.15
SPIKE = 0.02  # the width of a value with a probability of its own, of the whole


@dataclass(frozen=True)
class Words:
    """The texts of the figure, in the reader's language."""

    measured: str
    theory: str
    value: str  # of the axis at the bottom
    density: str
    share: str  # of the axis of spikes
    single: str  # the numbers one by one


def histogram(sample: Sample | None, expected: Distribution, words: Words, height: int) -> Figure:
    """Bars of the measured density and the theoretical curve; values with a probability of their own are spikes.

    A spike's height is a share, on the axis at the right. Without a `sample` only the distribution is drawn.
    """
    low, high = _range(sample, expected)
    curve = _curve(expected, low, high)
    bars = _bars(sample, words) if sample else []
    spikes = _spikes(sample, expected, words, (high - low) * SPIKE)
    top = max((bar for trace in bars for bar in trace["y"]), default=0.0)
    middle = [expected.density(low + (high - low) * (n + 0.5) / 40) for n in range(40)]
    line = _line(curve, words) if any(y for _, y in curve) else []
    layout: dict[str, Any] = {
        "height": height,
        "margin": {**MARGIN, "l": 60, "r": 60 if spikes else 8, "t": 26, "b": 48},
        "barmode": "overlay",
        "bargap": 0.04,
        "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0.5, "xanchor": "center"},
        "xaxis": {"title": {"text": words.value, "standoff": 12}, "range": _padded(low, high)},
        "yaxis": {
            "title": {"text": words.density, "standoff": 14},
            "range": [0, HEADROOM * max(top, *middle)] if bars or line else [0, 1],
            "visible": bool(bars or line),
        },
    }
    if spikes:
        right = bool(bars or line)
        ticks = {"tickmode": "array", "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%"}
        axis = {"title": {"text": words.share}, "range": [0, HEADROOM], "showgrid": not right, **ticks}
        layout["yaxis2"] = {**axis, "overlaying": "y", "side": "right" if right else "left"}
    return {"data": [*bars, *spikes, *line], "layout": layout}


def _range(sample: Sample | None, expected: Distribution) -> tuple[float, float]:
    """The numbers that the figure shows, from the least to the greatest."""
    edges = sample.edges if sample else ()
    ends = [*shown_range(expected), *edges, *expected.atoms]
    low, high = min(ends), max(ends)
    reach = (abs(low) or 1.0) / 2
    return (low, high) if high > low else (low - reach, high + reach)


def _padded(low: float, high: float) -> list[float]:
    return [low - 0.04 * (high - low), high + 0.04 * (high - low)]


def _curve(expected: Distribution, low: float, high: float) -> list[tuple[float, float]]:
    """The density from `low` to `high`; at a bound of the distribution it falls to zero upright."""
    least, greatest = expected.bounds
    inside = [low + (high - low) * n / CURVE_POINTS for n in range(CURVE_POINTS + 1)]
    points = [(x, expected.density(x)) for x in inside if least < x < greatest]
    start = [(least, 0.0), (least, expected.density(least))] if least >= low else []
    end = [(greatest, expected.density(greatest)), (greatest, 0.0)] if greatest <= high else []
    return [*start, *points, *end]


def _line(curve: Sequence[tuple[float, float]], words: Words) -> list[dict[str, Any]]:
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": words.theory,
        "x": [x for x, _ in curve],
        "y": [y for _, y in curve],
        "line": {"color": THEORY, "width": 2.5},
        "hovertemplate": "%{x:.4g}: %{y:.4g}<extra>%{fullData.name}</extra>",
    }
    return [line]


def _bars(sample: Sample, words: Words) -> list[dict[str, Any]]:
    """The histogram, so that its area is the share of the numbers in it; a few numbers also one by one."""
    if not sum(sample.counts):
        return []
    widths = [b - a for a, b in pairwise(sample.edges)]
    bars = {
        "type": "bar",
        "name": words.measured,
        "x": [(a + b) / 2 for a, b in pairwise(sample.edges)],
        "y": [n / sample.finite / width for n, width in zip(sample.counts, widths, strict=True)],
        "width": widths,
        "customdata": [list(row) for row in zip(sample.edges, sample.edges[1:], sample.counts, strict=False)],
        "marker": {"color": MEASURED, "opacity": 0.55, "line": {"color": MEASURED, "width": 1}},
        "hovertemplate": "%{customdata[0]:.4g} … %{customdata[1]:.4g}: %{customdata[2]:,}<extra>%{fullData.name}</extra>",
    }
    singles = [x for x in sample.few if x not in sample.atoms]
    marks = {
        "type": "scatter",
        "mode": "markers",
        "name": words.single,
        "x": singles,
        "y": [0.0] * len(singles),
        "cliponaxis": False,
        "marker": {"symbol": "line-ns-open", "size": 16, "color": MEASURED, "line": {"width": 2}},
        "hovertemplate": "%{x:.6g}<extra></extra>",
    }
    return [bars, marks] if singles else [bars]


def _spikes(sample: Sample | None, expected: Distribution, words: Words, width: float) -> list[dict[str, Any]]:
    """The values with a probability of their own: measured as bars, theoretical as marks across."""
    if not expected.atoms:
        return []
    marks = {
        "type": "scatter",
        "mode": "markers",
        "name": words.theory,
        "showlegend": sum(expected.atoms.values()) > 1 - 1e-9,  # otherwise the curve stands in the legend
        "x": list(expected.atoms),
        "y": list(expected.atoms.values()),
        "yaxis": "y2",
        "marker": {"symbol": "line-ew-open", "size": 26, "color": THEORY, "line": {"width": 3}},
        "hovertemplate": "%{x:.6g}: %{y:.2%}<extra>%{fullData.name}</extra>",
    }
    if sample is None or not sample.finite:
        return [marks]
    bars = {
        "type": "bar",
        "name": words.measured,
        "showlegend": not sum(sample.counts),
        "x": list(sample.atoms),
        "y": [n / sample.finite for n in sample.atoms.values()],
        "width": width,
        "yaxis": "y2",
        "marker": {"color": MEASURED},
        "hovertemplate": "%{x:.6g}: %{y:.2%}<extra>%{fullData.name}</extra>",
    }
    return [bars, marks]
