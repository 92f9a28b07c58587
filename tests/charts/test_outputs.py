"""The figures hold the numbers of the results, and no more of them than can be read."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest
import torch

from builder.analysis.summary import summarize
from builder.charts.outputs import MAX_SIDE, answers, curve, matrix, parameter_bar, softmax_bars
from builder.network.planner import make_plan
from builder.runtime.module import build_module
from builder.runtime.probe import probe
from builder.zoo.presets import PRESETS

TUTORIAL = PRESETS["tutorial"].experiment
PLAN = make_plan(TUTORIAL.network)


def test_a_bar_is_a_probability_of_its_row_and_class() -> None:
    sent = probe(build_module(PLAN), PLAN, TUTORIAL.batch)
    panels = [("Logits", sent.scores), ("<b>", sent.probabilities)]
    rows, sums = [f"row {n}" for n in range(1, 6)], ["1.000"] * 5
    figure = go.Figure(softmax_bars(panels, ["class 1", "class 2"], rows, sums, 200))
    first, second, third, fourth = figure.data
    assert list(first.y) == sent.scores[:, 0].tolist()
    assert list(second.y) == sent.scores[:, 1].tolist()
    assert list(third.y) == sent.probabilities[:, 0].tolist()
    assert list(fourth.y) == sent.probabilities[:, 1].tolist()
    assert (third.name, fourth.name, first.xaxis, third.xaxis) == ("class 1", "class 2", "x", "x2")
    assert figure.layout.annotations[1].text == "&lt;b&gt;"
    assert list(first.x) == rows, "scores have no sum worth a word"
    assert list(third.x) == [f"{row}<br>Σ 1.000" for row in rows]


def test_only_the_named_rows_and_classes_are_drawn() -> None:
    figure = go.Figure(
        softmax_bars([("p", torch.rand(50, 40))], ["a", "b"], ["row 1", "row 2", "row 3"], ["1"] * 3, 200)
    )
    assert [len(bar.y) for bar in figure.data] == [3, 3]


def test_the_segments_of_the_parameter_bar_add_up() -> None:
    figure = go.Figure(parameter_bar(summarize(PLAN), 30))
    (bar,) = figure.data
    assert list(bar.x) == [12, 8, 6]
    assert list(bar.base) == [0, 12, 20]
    assert list(bar.text) == ["linear1 · 12", "linear2 · 8", "out · 6"]
    assert list(figure.layout.xaxis.range) == [0, 26]


def test_a_matrix_shows_its_values_with_zero_in_the_middle_of_the_colours() -> None:
    values = torch.tensor([[1.0, -4.0], [0.5, 2.0]])
    (heat,) = go.Figure(matrix(values, 200)).data
    assert [list(row) for row in heat.z] == values.tolist()
    assert (heat.zmin, heat.zmax) == (-4.0, 4.0)
    (large,) = go.Figure(matrix(torch.rand(500, 300), 200)).data
    assert (len(large.z), len(large.z[0])) == (MAX_SIDE, MAX_SIDE)
    (vector,) = go.Figure(matrix(torch.zeros(3), 200)).data
    assert [list(row) for row in vector.z] == [[0.0, 0.0, 0.0]]
    assert vector.zmax > 0


def test_the_point_of_a_curve_is_joined_to_both_axes() -> None:
    xs = torch.linspace(-2, 2, 5)
    graph, point = go.Figure(curve(xs, xs**2, 1.5, 2.25, ("in <b>", "out"), 200)).data
    assert list(graph.y) == [4, 1, 0, 1, 4]
    assert list(zip(point.x, point.y, strict=True)) == [(1.5, 0.0), (1.5, 2.25), (-2.0, 2.25)]


def test_answers_over_one_input_are_a_curve_for_each_name() -> None:
    xs, values = torch.linspace(-3, 3, 4), torch.rand(4, 3)
    figure = go.Figure(answers(xs, values, ["class 1", "<b>"], 0.5, "x1", 200))
    first, second = figure.data
    assert list(first.x) == xs.tolist() and list(second.y) == values[:, 1].tolist()
    assert (second.name, figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == ("&lt;b&gt;", 0.5, 0.5)


@pytest.mark.parametrize(("rows", "classes", "written"), [(5, 2, True), (3, 4, True), (5, 3, False), (1, 10, False)])
def test_numbers_stand_over_the_bars_where_they_do_not_lie_on_each_other(
    rows: int, classes: int, written: bool
) -> None:
    class_names, row_names = ([str(n) for n in range(count)] for count in (classes, rows))
    panels = [("", torch.full((rows, classes), 1 / classes))]
    bars = softmax_bars(panels, class_names, row_names, ["1"] * rows, 200)["data"]
    assert {bar["textposition"] for bar in bars} == {"outside" if written else "none"}
