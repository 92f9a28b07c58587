"""Signals as plotly figures: depth goes to the right, and the number of traces does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10
from typing import Any

from torch import Tensor

from builder.analysis.signals import Band, Histogram
from builder.charts.panels import MARGIN, Figure, axes_of, short, side_by_side, suffix_of
from builder.core.numerals import brief
from builder.core.palette import CLASS_COLORS

WIDE_GAP = 0.16  # between two narrow ones
MOST_MARKERS = 60  # on one line; more run together
MAX_TICKS = 12  # names of layers below one panel
SHARES = ((0.0, "rgba(0,114,178,0)"), (0.35, "rgba(0,114,178,0.55)"), (1.0, "rgba(0,114,178,1)"))


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
    paths: Sequence[str] | None = (
        None  # its own names of the layers, where lines of several networks are drawn together
    )


def courses(
    lines: Sequence[Line], titles: Sequence[str], paths: Sequence[str], height: int, one_scale: bool = False
) -> Figure:
    """A panel for each title, with its lines over the layers `paths` on a logarithmic axis, in all of them `one_scale` or not.

    What such an axis can't show is marked at its edge: ▼ is zero, ▲ is infinite or no number.
    """
    layout = side_by_side(titles, height)
    layout["legend"] = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
    layout["margin"] = {**MARGIN, "b": 64}
    layout |= {"hovermode": "x unified", "showlegend": True}
    traces: list[dict[str, Any]] = []
    for panel in range(len(titles)):
        here = [line for line in lines if line.panel == panel]
        low, high = _range([value for line in (lines if one_scale else here) for value in _drawn(line)])
        suffix = suffix_of(panel)
        layout[f"xaxis{suffix}"] |= _ticks(paths[: max((len(line.values) for line in here), default=0)], len(titles))
        layout[f"yaxis{suffix}"] |= {"type": "log", "range": [low, high], **_powers(low, high)}
        for line in here:
            traces += ({**trace, **axes_of(panel)} for trace in _traces(line, paths, 10**low, 10**high))
    return {"data": traces, "layout": layout}


def densities(
    panels: Sequence[tuple[str, Sequence[Histogram]]], paths: Sequence[str], height: int, one_scale: bool = False
) -> Figure:
    """A panel for each (title, histograms of one common interval): a column a layer, the stronger its colour the more values are there.

    With `one_scale` all panels reach as far as the widest.
    """
    reach = max((histogram.high for _, every in panels for histogram in every), default=0.0)
    layout = side_by_side([title for title, _ in panels], height)
    traces: list[dict[str, Any]] = []
    for panel, (_, histograms) in enumerate(panels):
        suffix = suffix_of(panel)
        layout[f"xaxis{suffix}"] |= _ticks(paths[: len(histograms)], len(panels))
        if one_scale:
            layout[f"yaxis{suffix}"] |= {"range": [-reach, reach]}
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
                **axes_of(panel),
            }
        )
    return {"data": traces, "layout": layout}


def histograms(panels: Sequence[tuple[str, Histogram, str]], height: int) -> Figure:
    """A panel for each (title, histogram, colour): the share of the values in each interval."""
    layout = {**side_by_side([title for title, _, _ in panels], height, gap=WIDE_GAP), "bargap": 0}
    bars = []
    for panel, (_, histogram, color) in enumerate(panels):
        suffix = suffix_of(panel)
        layout[f"xaxis{suffix}"] |= {"exponentformat": "power", "nticks": 5}
        layout[f"yaxis{suffix}"] |= {"tickformat": ".0%", "rangemode": "tozero", "nticks": 4}
        bars.append(
            {
                "type": "bar",
                "x": _centres(histogram),
                "y": _shares(histogram),
                "marker": {"color": color, "line": {"width": 0}},
                "hovertemplate": "%{x:.3g}: %{y:.1%}<extra></extra>",
                **axes_of(panel),
            }
        )
    return {"data": bars, "layout": layout}


def class_shares(
    panels: Sequence[tuple[str, Tensor]], classes: Sequence[str], rows: Sequence[str], height: int
) -> Figure:
    """A panel for each (title, probabilities) with values (rows, classes): a bar a row, divided among the classes.

    Shows as many rows and classes as `rows` and `classes` name.
    """
    layout = {
        **side_by_side([title for title, _ in panels], height),
        "barmode": "stack",
        "bargap": 0.15,
        "showlegend": True,
    }
    layout["legend"] = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
    layout["margin"] = {**MARGIN, "b": 44}
    bars = []
    for panel, (_, values) in enumerate(panels):
        suffix = suffix_of(panel)
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
                    **axes_of(panel),
                }
            )
    return {"data": bars, "layout": layout}


def _ticks(paths: Sequence[str], panels: int) -> dict[str, Any]:
    """Names below as many layers as have room, evenly spread."""
    every = max(1, -(-len(paths) * panels // (2 * MAX_TICKS)))
    places = list(range(0, len(paths), every))
    names = [escape(short(paths[n], 14)) for n in places]
    return {"tickvals": places, "ticktext": names, "tickangle": -40, "tickfont": {"size": 10}, "showgrid": False}


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


def _traces(line: Line, paths: Sequence[str], low: float, high: float) -> Iterator[dict[str, Any]]:
    """The band, the line, and marks at the edges `low` and `high` for what lies beyond them."""
    if line.band:
        yield _area(line.band, line.color, low, high)
    yield {
        "type": "scatter",
        "mode": "lines+markers" if len(line.values) <= MOST_MARKERS else "lines",
        "name": escape(line.name),
        "x": list(range(len(line.values))),
        "y": [value if isfinite(value) and value > 0 else None for value in line.values],
        "customdata": [
            [escape(path), brief(value)] for path, value in zip(line.paths or paths, line.values, strict=False)
        ],
        "line": {"color": line.color, "width": 2, "dash": line.dash},
        "marker": {"size": 5},
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}",
        "legendgroup": line.name,
        "showlegend": line.listed,
    }
    if edge := off_scale(line.values):
        yield _edge(edge, line, low, high)


def _area(band: Band, color: str, low: float, high: float) -> dict[str, Any]:
    """Between the bounds of `band`, once along the upper and back along the lower."""
    upper, lower = ([min(max(value, low), high) for value in edge] for edge in (band.high, band.low))
    places = list(range(len(upper)))
    return {
        "type": "scatter",
        "x": places + places[::-1],
        "y": upper + lower[::-1],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": _transparent(color),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _edge(beyond: Sequence[tuple[int, float]], line: Line, low: float, high: float) -> dict[str, Any]:
    """A triangle for each number beyond the scale: ▼ at `low` is zero, ▲ at `high` infinite or no number."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [n for n, _ in beyond],
        "y": [low if value == 0 else high for _, value in beyond],
        "marker": {
            "symbol": ["triangle-down" if value == 0 else "triangle-up" for _, value in beyond],
            "size": 10,
            "color": line.color,
        },
        "cliponaxis": False,
        "hovertemplate": "%{text}<extra></extra>",
        "text": ["0" if value == 0 else "∞" for _, value in beyond],
        "showlegend": False,
        "legendgroup": line.name,
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
