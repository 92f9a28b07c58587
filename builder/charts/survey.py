"""The survey of weights and activations as a map whose colours are powers of ten."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from math import isfinite, log10
from typing import Any

from builder.charts.panels import Figure
from builder.core.numerals import brief

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
DECADES = 4  # the colours end at 10⁻⁴ and 10⁴
INK = "#1a1a1a"  # on pale colours, in a dark page too
COLORS = ((0.0, "#5b9bd5"), (0.25, "#a9cbe8"), (0.5, "#f7f7f2"), (0.75, "#f6b89a"), (1.0, "#e0714f"))

Signals = Mapping[tuple[str, str], float | None]
"""The signal by (row, column); None or nothing where there is none (yet)."""


def survey_map(signals: Signals, rows: Mapping[str, str], columns: Mapping[str, str], height: int) -> Figure:
    """`signals` as a heat map, blue is small, red is large; `rows` and `columns` name theirs in the reader's language.

    Zero is written 0, and what is infinite or no number ∞. Each cell is also a point that can be chosen; its `customdata`
    are row and column.
    """
    layout = {
        "height": height,
        "margin": MARGIN,
        "showlegend": False,
        "dragmode": False,
        "xaxis": {**_axis(columns.values()), "side": "top", "range": [-0.5, len(columns) - 0.5], "tickangle": 0},
        "yaxis": {**_axis(rows.values()), "range": [len(rows) - 0.5, -0.5]},
    }
    return {"data": [_heat(signals, rows, columns), _cells(signals, rows, columns)], "layout": layout}


def _heat(signals: Signals, rows: Collection[str], columns: Collection[str]) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "z": [[_decade(signals.get((row, column))) for column in columns] for row in rows],
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "zmin": -DECADES,
        "zmax": DECADES,
        "colorscale": COLORS,
        "xgap": 1,
        "ygap": 1,
        "hoverinfo": "skip",
        "colorbar": {
            "thickness": 10,
            "len": 1.0,
            "tickvals": [-4, -2, 0, 2, 4],
            "ticktext": ["≤10⁻⁴", "10⁻²", "1", "10²", "≥10⁴"],
        },
    }


def _cells(signals: Signals, rows: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, Any]:
    """A point with its number in the middle of each cell that is known."""
    known = [
        (row, column, value, x, y)
        for y, row in enumerate(rows)
        for x, column in enumerate(columns)
        if (value := signals.get((row, column))) is not None
    ]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [x for *_, x, _ in known],
        "y": [y for *_, y in known],
        "customdata": [[row, column] for row, column, *_ in known],
        "text": [_number(value) for _, _, value, *_ in known],
        "textfont": {"size": 11, "color": INK},
        "hovertext": [escape(f"{rows[row]} · {columns[column]}: {_number(value)}") for row, column, value, *_ in known],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"symbol": "square", "size": 22, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
        "selected": {"textfont": {"color": INK}},
        "unselected": {"textfont": {"color": INK}},
    }


def _axis(names: Collection[str]) -> dict[str, Any]:
    return {
        "zeroline": False,
        "showgrid": False,
        "tickvals": list(range(len(names))),
        "ticktext": list(map(escape, names)),
    }


def _decade(value: float | None) -> float | None:
    """The power of ten by which a cell is coloured."""
    if value is None:
        return None
    if not isfinite(value):
        return float(DECADES)
    return max(-DECADES, min(DECADES, log10(value))) if value > 0 else -float(DECADES)


def _number(value: float) -> str:
    return brief(value) if isfinite(value) else "∞"
