"""The figures of the signals hold the numbers of the results, and as many traces for 300 layers as for three."""

from __future__ import annotations

from math import inf, nan

import plotly.graph_objects as go

from builder.analysis.signals import BINS, Band, Histogram
from builder.charts.signals import Line, courses, densities, histograms


def test_a_line_holds_its_numbers_and_marks_what_the_axis_can_not_show() -> None:
    band = Band((0.5, 0.0, 0.1), (2.0, 1.0, inf))
    lines = [
        Line("forward", "#0072b2", [1.0, 0.0, inf], band=band),
        Line("back", "#d55e00", [1.0, nan], panel=1),
    ]
    figure = go.Figure(courses(lines, ["<i>", "b"], ["input", "a", "b"], 300))
    area, forward, edge, back, edge_back = figure.data
    assert list(forward.y) == [1.0, None, None] and list(back.y) == [1.0, None]
    assert list(edge.x) == [1, 2] and list(edge.marker.symbol) == ["triangle-down", "triangle-up"]
    assert edge.y[0] < 0.1 and edge.y[1] > 2  # below and above all that is drawn
    assert list(edge_back.x) == [1] and list(edge_back.text) == ["∞"]
    assert len(area.x) == 6 and all(0 < value < inf for value in area.y)
    assert (forward.xaxis, back.xaxis) == ("x", "x2")
    assert figure.layout.annotations[0].text == "&lt;i&gt;"


def test_the_number_of_traces_does_not_grow_with_depth_and_only_some_names_are_written() -> None:
    few, many = (
        go.Figure(courses([Line("f", "#0072b2", [1.0] * n)], ["f"], [f"layer{i}" for i in range(n)], 300))
        for n in (3, 600)
    )
    assert len(few.data) == len(many.data) == 1
    assert list(few.layout.xaxis.ticktext) == ["layer0", "layer1", "layer2"]
    assert len(many.layout.xaxis.ticktext) <= 24
    column = Histogram(-1.0, 1.0, (1,) * BINS)
    assert len(densities([("a", [column] * 600)], ["x"] * 600, 300)["data"]) == 1


def test_a_column_is_a_layer_and_its_shares_add_up_to_one() -> None:
    narrow = Histogram(-1.0, 1.0, (0,) * 20 + (8,) + (0,) * 20)
    wide = Histogram(-1.0, 1.0, (2,) * BINS)
    empty = Histogram(-1.0, 1.0, (0,) * BINS)
    (heat,) = go.Figure(densities([("a", [narrow, wide, empty])], ["in", "a", "b"], 300)).data
    shares = [list(column) for column in zip(*heat.customdata, strict=True)]
    assert shares[0][20] == 1 and abs(sum(shares[1]) - 1) < 1e-9 and sum(shares[2]) == 0
    assert heat.z[20][0] == 1 and heat.y[20] == 0
    (bars,) = go.Figure(histograms([("a", wide, "#0072b2")], 100)).data
    assert list(bars.y) == [1 / BINS] * BINS
