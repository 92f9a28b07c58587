"""Results as plotly figures; the texts on them come from the caller, already in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import accumulate
from typing import Any

from torch import Tensor

from builder.analysis.summary import Row, Summary
from builder.charts.panels import Figure, axes_of, side_by_side, suffix_of
from builder.core.palette import CLASS_COLORS, FAMILY_COLORS

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
SCORE_AXIS: dict[str, Any] = {"rangemode": "tozero", "nticks": 4}
PROBABILITY_AXIS: dict[str, Any] = {"range": [0, 1.15], "tickvals": [0, 0.5, 1]}
MAX_ROWS, MAX_CLASSES, MAX_SIDE = 12, 10, 64  # more can't be read off a chart of this size


def softmax_bars(
    panels: Sequence[tuple[str, Tensor]], classes: Sequence[str], rows: Sequence[str], sums: Sequence[str], height: int
) -> Figure:
    """One panel for each (title, values) with values (rows, classes): a group of bars a row, a colour a class.

    Shows as many rows and classes as `rows` and `classes` name. The last panel holds probabilities, from 0 to 1, with the
    sum of each row below its name.
    """
    summed = [f"{row}<br>Σ {total}" for row, total in zip(rows, sums, strict=True)]
    layout = side_by_side([title for title, _ in panels], height)
    layout |= {"bargap": 0.14, "barmode": "group", "showlegend": True, "margin": {**MARGIN, "t": 30, "b": 54}}
    layout["legend"] = {
        "orientation": "h",
        "yref": "container",
        "y": 0,
        "yanchor": "bottom",
        "x": 0.5,
        "xanchor": "center",
    }
    bars: list[dict[str, Any]] = []
    for panel, (_, values) in enumerate(panels):
        suffix = suffix_of(panel)
        layout[f"xaxis{suffix}"] |= {"tickangle": 0, "tickfont": {"size": 9.5}}
        layout[f"yaxis{suffix}"] |= {"zeroline": True, **(PROBABILITY_AXIS if panel == len(panels) - 1 else SCORE_AXIS)}
        bars += _bars(values, classes, summed if panel == len(panels) - 1 else rows, panel)
    return {"data": bars, "layout": layout}


def _bars(values: Tensor, classes: Sequence[str], rows: Sequence[str], panel: int) -> list[dict[str, Any]]:
    crowded = len(classes) > 4 or len(rows) * len(classes) > 12  # numbers of neighbours would lie on each other
    return [
        {
            "type": "bar",
            "name": escape(name),
            "x": list(rows),
            "y": heights,
            **axes_of(panel),
            "marker": {"color": CLASS_COLORS[index % len(CLASS_COLORS)]},
            "text": [f"{value:.2f}" for value in heights],
            "textposition": "none" if crowded else "outside",
            "textfont": {"size": 9},
            "cliponaxis": False,
            "hovertemplate": "%{x}<br>%{fullData.name}: %{y:.6g}<extra></extra>",
            "showlegend": panel == 0,
            "legendgroup": str(index),
        }
        for index, (name, heights) in enumerate(
            zip(classes, values[: len(rows), : len(classes)].T.tolist(), strict=True)
        )
    ]


def parameter_bar(summary: Summary, height: int) -> Figure:
    """One bar of all parameters, a segment for each layer that has some, as wide as its share."""
    hidden = {"visible": False}
    layout = {
        "barmode": "overlay",
        "showlegend": False,
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": {**hidden, "range": [0, summary.total]},
        "yaxis": hidden,
    }
    return {"data": [_segments([row for row in summary.rows if row.total])], "layout": layout}


def _segments(rows: Sequence[Row]) -> dict[str, Any]:
    """All segments as one trace: each begins where the ones before it end."""
    return {
        "type": "bar",
        "orientation": "h",
        "y": [""] * len(rows),
        "x": [row.total for row in rows],
        "base": list(accumulate((row.total for row in rows[:-1]), initial=0)),
        "marker": {
            "color": [FAMILY_COLORS[row.step.layer.family] for row in rows],
            "line": {"color": "rgba(128,128,128,0.7)", "width": 1},
        },
        "text": [f"{row.step.path} · {row.total:,}" if row.share > 0.12 else "" for row in rows],
        "hovertext": [f"{row.step.path}: {row.total:,} ({row.share:.1%})" for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
    }


def curve(xs: Tensor, ys: Tensor, x: float, y: float, axes: tuple[str, str], height: int) -> Figure:
    """The graph of a function, with the point (x, y) on it and lines from the point to both axes."""
    color = FAMILY_COLORS["activation"]
    graph = {
        "type": "scatter",
        "x": xs.tolist(),
        "y": ys.tolist(),
        "mode": "lines",
        "line": {"color": color, "width": 3},
    }
    point = {
        "type": "scatter",
        "x": [x, x, float(xs[0])],
        "y": [0.0, y, y],
        "mode": "lines+markers",
        "line": {"color": "#6b7280", "width": 1, "dash": "dot"},
        "marker": {
            "color": ["rgba(0,0,0,0)", color, "rgba(0,0,0,0)"],
            "size": 13,
            "line": {"color": "#111827", "width": 1},
        },
    }
    layout = {
        "height": height,
        "margin": {**MARGIN, "l": 44, "b": 40},
        "showlegend": False,
        "hovermode": False,
        "xaxis": {"title": {"text": escape(axes[0])}, "zeroline": True, "range": [float(xs[0]), float(xs[-1])]},
        "yaxis": {"title": {"text": escape(axes[1])}, "zeroline": True},
    }
    return {"data": [graph, point], "layout": layout}


def answers(xs: Tensor, values: Tensor, names: Sequence[str], x: float, axis: str, height: int) -> Figure:
    """What a network answers over one input: `values` (points, classes) as a curve for each name, and a line where the input `x` is."""
    curves = [
        {
            "type": "scatter",
            "name": escape(name),
            "x": xs.tolist(),
            "y": values[:, index].tolist(),
            "mode": "lines",
            "line": {"color": CLASS_COLORS[index % len(CLASS_COLORS)], "width": 2.5},
        }
        for index, name in enumerate(names)
    ]
    here = {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": "#6b7280", "dash": "dot"},
    }
    layout = {
        "height": height,
        "margin": {**MARGIN, "l": 40, "b": 40},
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        "shapes": [here],
        "xaxis": {"title": {"text": escape(axis)}, "range": [float(xs[0]), float(xs[-1])]},
    }
    return {"data": curves, "layout": layout}


def matrix(values: Tensor, height: int) -> Figure:
    """A parameter as a coloured matrix: blue below zero, white at zero, red above; its first 64 rows and columns.

    A vector is one row. Small matrices carry their numbers.
    """
    shown = values.reshape(1, -1) if values.ndim < 2 else values.flatten(1)
    shown = shown[:MAX_SIDE, :MAX_SIDE]
    reach = float(shown.abs().max()) or 1.0
    heat = {
        "type": "heatmap",
        "z": shown.tolist(),
        "zmin": -reach,
        "zmax": reach,
        "colorscale": "RdBu_r",
        "texttemplate": "%{z:.3f}" if shown.numel() <= 40 else None,
        "hovertemplate": "[%{y}, %{x}] = %{z:.6g}<extra></extra>",
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 10, "len": 1.0},
    }
    bare = {"zeroline": False, "showgrid": False}
    layout = {
        "height": height,
        "margin": MARGIN,
        "xaxis": {**bare, "dtick": max(1, shown.shape[1] // 12)},
        "yaxis": {**bare, "dtick": max(1, shown.shape[0] // 8), "autorange": "reversed"},
    }
    return {"data": [heat], "layout": layout}
