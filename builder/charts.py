"""Results as plotly figures; the texts on them come from the caller, already in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots
from torch import Tensor

from builder.palette import CLASS_COLORS, FAMILY_COLORS
from builder.summary import Summary

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
MAX_ROWS, MAX_CLASSES, MAX_SIDE = 12, 10, 64  # more can't be read off a chart of this size


def softmax_bars(
    panels: Sequence[tuple[str, Tensor]], classes: Sequence[str], rows: Sequence[str], height: int
) -> go.Figure:
    """One panel for each (title, values) with values (rows, classes): a group of bars a row, a colour a class.

    Shows as many rows and classes as `rows` and `classes` name.
    """
    figure = make_subplots(
        cols=len(panels), horizontal_spacing=0.08, subplot_titles=[escape(title) for title, _ in panels]
    )
    for column, (_, values) in enumerate(panels, 1):
        shown = values[: len(rows), : len(classes)].T.tolist()
        for index, (name, heights) in enumerate(zip(classes, shown, strict=True)):
            bar = go.Bar(
                name=escape(name),
                x=list(rows),
                y=heights,
                marker_color=CLASS_COLORS[index % len(CLASS_COLORS)],
                text=[f"{value:.2f}" for value in heights],
                textposition="outside" if len(rows) * len(classes) <= 12 else "none",
                textfont_size=9,
                cliponaxis=False,
                hovertemplate="%{x}<br>%{fullData.name}: %{y:.6g}<extra></extra>",
                showlegend=column == 1,
                legendgroup=str(index),
            )
            figure.add_trace(bar, row=1, col=column)
    figure.update_yaxes(rangemode="tozero", nticks=4)
    figure.update_yaxes(range=[0, 1.15], tickvals=[0, 0.5, 1], col=len(panels))
    figure.update_xaxes(tickangle=0, tickfont_size=9.5)
    figure.update_annotations(font_size=12)
    legend = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0.5, "xanchor": "center"}
    return figure.update_layout(
        height=height, margin={**MARGIN, "t": 30, "b": 54}, bargap=0.14, legend=legend, barmode="group"
    )


def parameter_bar(summary: Summary, height: int) -> go.Figure:
    """One bar of all parameters, a segment for each layer that has some, as wide as its share."""
    figure = go.Figure()
    for row in summary.rows:
        if row.total:
            name = row.step.path
            figure.add_trace(
                go.Bar(
                    y=[""],
                    x=[row.total],
                    name=name,
                    orientation="h",
                    marker={
                        "color": FAMILY_COLORS[row.step.layer.family],
                        "line": {"color": "rgba(128,128,128,0.7)", "width": 1},
                    },
                    text=f"{name} · {row.total:,}" if row.share > 0.12 else "",
                    textposition="inside",
                    insidetextanchor="middle",
                    textangle=0,
                    hovertemplate=f"{name}: {row.total:,} ({row.share:.1%})<extra></extra>",
                )
            )
    figure.update_xaxes(visible=False, range=[0, summary.total])
    figure.update_yaxes(visible=False)
    return figure.update_layout(
        barmode="stack", showlegend=False, height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}
    )


def matrix(values: Tensor, height: int) -> go.Figure:
    """A parameter as a coloured matrix: blue below zero, white at zero, red above; its first 64 rows and columns.

    A vector is one row. Small matrices carry their numbers.
    """
    shown = values.reshape(1, -1) if values.ndim < 2 else values.flatten(1)
    shown = shown[:MAX_SIDE, :MAX_SIDE]
    reach = float(shown.abs().max()) or 1.0
    heat = go.Heatmap(
        z=shown.tolist(),
        zmin=-reach,
        zmax=reach,
        colorscale="RdBu_r",
        texttemplate="%{z:.3f}" if shown.numel() <= 40 else None,
        hovertemplate="[%{y}, %{x}] = %{z:.6g}<extra></extra>",
        xgap=1,
        ygap=1,
        colorbar={"thickness": 10, "len": 1.0},
    )
    figure = go.Figure(heat)
    figure.update_yaxes(autorange="reversed", dtick=max(1, shown.shape[0] // 8), zeroline=False, showgrid=False)
    figure.update_xaxes(dtick=max(1, shown.shape[1] // 12), zeroline=False, showgrid=False)
    return figure.update_layout(height=height, margin=MARGIN)
