"""Signals as plotly figures: depth goes to the right, and the number of traces does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10
from typing import Any

import plotly.graph_objects as go
from torch import Tensor

from builder.analysis.signals import Band, Histogram
from builder.core.numerals import brief
from builder.core.palette import CLASS_COLORS

MARGIN = {"l": 8, "r": 8, "t": 26, "b": 8}
GAP = 0.07  # between two panels, of the whole width
WIDE_GAP = 0.16  # between two narrow ones
TITLE = 96  # characters that the titles of all panels have room for
MAX_TICKS = 12  # names of layers below one panel
DECADES = 4  # the survey's colours end at 10⁻⁴ and 10⁴
INK = "#1a1a1a"  # on the survey's pale colours, in a dark page too
SHARES = ((0.0, "rgba(0,114,178,0)"), (0.35, "rgba(0,114,178,0.55)"), (1.0, "rgba(0,114,178,1)"))
DECADE_COLORS = ((0.0, "#5b9bd5"), (0.25, "#a9cbe8"), (0.5, "#f7f7f2"), (0.75, "#f6b89a"), (1.0, "#e0714f"))


@dataclass(frozen=True)
class Line:
    """One number a layer over depth, in panel `panel`; `band` is what it may be under other seeds.

    Lines of one name are one entry of the legend, made by the first that is `listed`.
    """

    name: str
    color: str
    values: Sequence[float]
    panel: int = 0
    dash: str = "solid"
    band: Band | None = None
    listed: bool = True


def courses(lines: Sequence[Line], titles: Sequence[str], paths: Sequence[str], height: int) -> go.Figure:
    """A panel for each title, with its lines over the layers `paths` on a logarithmic axis.

    What such an axis can't show is marked at its edge: ▼ is zero, ▲ is infinite or no number.
    """
    layout = _panels(titles, height)
    layout["legend"] = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
    layout["margin"] = {**MARGIN, "b": 64}
    layout |= {"hovermode": "x unified", "showlegend": True}
    traces: list[dict[str, Any]] = []
    for panel in range(len(titles)):
        here = [line for line in lines if line.panel == panel]
        low, high = _range([value for line in here for value in _drawn(line)])
        suffix = _suffix(panel)
        layout[f"xaxis{suffix}"] |= _ticks(paths[: max((len(line.values) for line in here), default=0)], len(titles))
        layout[f"yaxis{suffix}"] |= {"type": "log", "range": [low, high], **_powers(low, high)}
        for line in here:
            traces += _traces(line, paths, suffix, 10**low, 10**high)
    return go.Figure({"data": traces, "layout": layout})


def densities(panels: Sequence[tuple[str, Sequence[Histogram]]], paths: Sequence[str], height: int) -> go.Figure:
    """A panel for each (title, histograms of one common interval): a column a layer, the darker the more values are there."""
    layout = _panels([title for title, _ in panels], height)
    traces: list[dict[str, Any]] = []
    for panel, (_, histograms) in enumerate(panels):
        suffix = _suffix(panel)
        layout[f"xaxis{suffix}"] |= _ticks(paths[: len(histograms)], len(panels))
        traces.append(
            {
                "type": "heatmap",
                "z": [list(row) for row in zip(*map(_roots, histograms), strict=True)],
                "customdata": [list(row) for row in zip(*map(_shares, histograms), strict=True)],
                "y": _centres(histograms[0]),
                "zmin": 0,
                "zmax": 1,
                "colorscale": SHARES,
                "showscale": False,
                "text": [list(map(escape, paths[: len(histograms)]))] * len(histograms[0].counts),
                "hovertemplate": "%{text}<br>%{y:.3g}: %{customdata:.1%}<extra></extra>",
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
            }
        )
    return go.Figure({"data": traces, "layout": layout})


def histograms(panels: Sequence[tuple[str, Histogram, str]], height: int) -> go.Figure:
    """A panel for each (title, histogram, colour): the share of the values in each interval."""
    layout = {**_panels([title for title, _, _ in panels], height, WIDE_GAP), "bargap": 0}
    bars = []
    for panel, (_, histogram, color) in enumerate(panels):
        suffix = _suffix(panel)
        layout[f"xaxis{suffix}"] |= {"exponentformat": "power", "nticks": 5}
        layout[f"yaxis{suffix}"] |= {"tickformat": ".0%", "rangemode": "tozero", "nticks": 4}
        bars.append(
            {
                "type": "bar",
                "x": _centres(histogram),
                "y": _shares(histogram),
                "marker": {"color": color, "line": {"width": 0}},
                "hovertemplate": "%{x:.3g}: %{y:.1%}<extra></extra>",
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
            }
        )
    return go.Figure({"data": bars, "layout": layout})


def class_shares(
    panels: Sequence[tuple[str, Tensor]], classes: Sequence[str], rows: Sequence[str], height: int
) -> go.Figure:
    """A panel for each (title, probabilities) with values (rows, classes): a bar a row, divided among the classes.

    Shows as many rows and classes as `rows` and `classes` name.
    """
    layout = {**_panels([title for title, _ in panels], height), "barmode": "stack", "bargap": 0.15, "showlegend": True}
    layout["legend"] = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
    layout["margin"] = {**MARGIN, "b": 44}
    bars = []
    for panel, (_, values) in enumerate(panels):
        suffix = _suffix(panel)
        layout[f"yaxis{suffix}"] |= {"range": [0, 1], "tickvals": [0, 0.5, 1]}
        layout[f"xaxis{suffix}"] |= {"type": "category", "tickfont": {"size": 10}}
        for index, name in enumerate(classes):
            bars.append(
                {
                    "type": "bar",
                    "name": escape(name),
                    "x": list(rows),
                    "y": values[: len(rows), index].tolist(),
                    "marker": {"color": CLASS_COLORS[index % len(CLASS_COLORS)]},
                    "hovertemplate": "%{x}<br>%{fullData.name}: %{y:.4f}<extra></extra>",
                    "legendgroup": name,
                    "showlegend": panel == 0,
                    "xaxis": f"x{suffix}",
                    "yaxis": f"y{suffix}",
                }
            )
    return go.Figure({"data": bars, "layout": layout})


def survey_map(
    signals: Mapping[tuple[str, str], float | None], rows: Mapping[str, str], columns: Mapping[str, str], height: int
) -> go.Figure:
    """`signals` by (row, column) as a heat map, its colours by powers of ten: blue is small, red is large; empty: none (yet).

    Zero is written 0, and what is infinite or no number ∞. Each cell is also a point that can be chosen; its `customdata`
    are row and column.
    """
    known = [
        (row, column, value) for row in rows for column in columns if (value := signals.get((row, column))) is not None
    ]
    heat = {
        "type": "heatmap",
        "z": [[_decade(signals.get((row, column))) for column in columns] for row in rows],
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "zmin": -DECADES,
        "zmax": DECADES,
        "colorscale": DECADE_COLORS,
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
    columns_at, rows_at = ({name: n for n, name in enumerate(names)} for names in (columns, rows))
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [columns_at[column] for _, column, _ in known],
        "y": [rows_at[row] for row, _, _ in known],
        "customdata": [[row, column] for row, column, _ in known],
        "text": [_cell(value) for _, _, value in known],
        "textfont": {"size": 11, "color": INK},
        "hovertext": [escape(f"{rows[row]} · {columns[column]}: {_cell(value)}") for row, column, value in known],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"symbol": "square", "size": 22, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
        "selected": {"textfont": {"color": INK}},
        "unselected": {"textfont": {"color": INK}},
    }
    bare = {"zeroline": False, "showgrid": False}
    layout = {
        "height": height,
        "margin": {**MARGIN, "t": 8},
        "showlegend": False,
        "dragmode": False,
        "xaxis": {
            **bare,
            "side": "top",
            "tickvals": list(range(len(columns))),
            "ticktext": list(map(escape, columns.values())),
            "range": [-0.5, len(columns) - 0.5],
            "tickangle": 0,
        },
        "yaxis": {
            **bare,
            "tickvals": list(range(len(rows))),
            "ticktext": list(map(escape, rows.values())),
            "range": [len(rows) - 0.5, -0.5],
        },
    }
    return go.Figure({"data": [heat, points], "layout": layout})


def _panels(titles: Sequence[str], height: int, gap: float = GAP) -> dict[str, Any]:
    """Panels side by side, each with a title; their axes are `xaxis`, `xaxis2`, …"""
    layout: dict[str, Any] = {"height": height, "margin": MARGIN, "showlegend": False, "annotations": []}
    width = (1 - gap * (len(titles) - 1)) / len(titles)
    for number, title in enumerate(titles):
        left, suffix = number * (width + gap), _suffix(number)
        layout[f"xaxis{suffix}"] = {"domain": [left, left + width], "anchor": f"y{suffix}", "zeroline": False}
        layout[f"yaxis{suffix}"] = {"anchor": f"x{suffix}", "zeroline": False}
        place = {
            "x": left + width / 2,
            "xref": "paper",
            "xanchor": "center",
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "yshift": 6,  # above the marks of what is off the scale
        }
        layout["annotations"].append(
            {"text": escape(_short(title, TITLE // len(titles))), "showarrow": False, "font": {"size": 12}, **place}
        )
    return layout


def _suffix(panel: int) -> str:
    return str(panel + 1) if panel else ""


def _ticks(paths: Sequence[str], panels: int) -> dict[str, Any]:
    """Names below as many layers as have room, evenly spread."""
    every = max(1, -(-len(paths) * panels // (2 * MAX_TICKS)))
    places = list(range(0, len(paths), every))
    names = [escape(_short(paths[n], 14)) for n in places]
    return {"tickvals": places, "ticktext": names, "tickangle": -40, "tickfont": {"size": 10}, "showgrid": False}


def _short(text: str, most: int) -> str:
    """The end of a name tells layers apart, and its beginning variants: the middle gives way."""
    return text if len(text) <= most else f"{text[: most // 2 - 1]}…{text[len(text) - most // 2 :]}"


def off_scale(values: Sequence[float]) -> list[tuple[int, float]]:
    """The values, with their places, that a logarithmic axis can't show."""
    return [(n, value) for n, value in enumerate(values) if not isfinite(value) or value <= 0]


def _drawn(line: Line) -> list[float]:
    bounds = [*line.band.low, *line.band.high] if line.band else []
    return [value for value in [*line.values, *bounds] if isfinite(value) and value > 0]


def _range(values: Sequence[float]) -> tuple[float, float]:
    """The powers of ten that a logarithmic axis begins and ends with, one decade at least."""
    low, high = (log10(min(values)), log10(max(values))) if values else (0.0, 0.0)
    room = max(0.12 * (high - low), (1.2 - (high - low)) / 2)
    return low - room, high + room


def _powers(low: float, high: float) -> dict[str, Any]:
    """The numbers beside a logarithmic axis from 10^low to 10^high: powers of ten, on a short one 2 and 5 times these too."""
    every = max(1, ceil((high - low) / 7))
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    powers = range(floor(low), ceil(high) + 1)
    shown = [step * 10.0**power for power in powers if power % every == 0 for step in steps]
    shown = [value for value in shown if low <= log10(value) <= high]
    return {"tickvals": shown, "ticktext": [f"{n:g}" if 1e-3 <= n < 1e4 else brief(n) for n in shown]}


def _traces(line: Line, paths: Sequence[str], suffix: str, low: float, high: float) -> Iterator[dict[str, Any]]:
    axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    places = list(range(len(line.values)))
    if line.band:
        clipped = [[min(max(value, low), high) for value in edge] for edge in (line.band.high, line.band.low)]
        yield {
            "type": "scatter",
            "x": places + places[::-1],
            "y": clipped[0] + clipped[1][::-1],
            "mode": "lines",
            "fill": "toself",
            "fillcolor": _transparent(line.color),
            "line": {"width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
            **axes,
        }
    few = len(places) <= 60
    yield {
        "type": "scatter",
        "mode": "lines+markers" if few else "lines",
        "name": escape(line.name),
        "x": places,
        "y": [value if isfinite(value) and value > 0 else None for value in line.values],
        "customdata": [[escape(path), brief(value)] for path, value in zip(paths, line.values, strict=False)],
        "line": {"color": line.color, "width": 2, "dash": line.dash},
        "marker": {"size": 5},
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}",
        "legendgroup": line.name,
        "showlegend": line.listed,
        **axes,
    }
    if edge := off_scale(line.values):
        yield {
            "type": "scatter",
            "mode": "markers",
            "x": [n for n, _ in edge],
            "y": [low if value == 0 else high for _, value in edge],
            "marker": {
                "symbol": ["triangle-down" if value == 0 else "triangle-up" for _, value in edge],
                "size": 10,
                "color": line.color,
            },
            "cliponaxis": False,
            "hovertemplate": "%{text}<extra></extra>",
            "text": ["0" if value == 0 else "∞" for _, value in edge],
            "showlegend": False,
            "legendgroup": line.name,
            **axes,
        }


def _transparent(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _shares(histogram: Histogram) -> list[float]:
    total = sum(histogram.counts) or 1
    return [count / total for count in histogram.counts]


def _roots(histogram: Histogram) -> list[float]:
    """The shares as they are coloured: the root makes few values seen beside many; 1 is the fullest interval."""
    fullest = max(histogram.counts) or 1
    return [float((count / fullest) ** 0.5) for count in histogram.counts]


def _centres(histogram: Histogram) -> list[float]:
    width = (histogram.high - histogram.low) / len(histogram.counts)
    return [histogram.low + (n + 0.5) * width for n in range(len(histogram.counts))]


def _decade(value: float | None) -> float | None:
    """The power of ten by which a cell is coloured."""
    if value is None:
        return None
    if not isfinite(value):
        return float(DECADES)
    return max(-DECADES, min(DECADES, log10(value))) if value > 0 else -float(DECADES)


def _cell(value: float) -> str:
    return brief(value) if isfinite(value) else "∞"
