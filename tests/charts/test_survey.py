"""The map of the survey holds the numbers of its cells, and says which cell was chosen."""

from __future__ import annotations

from math import inf

import plotly.graph_objects as go

from builder.charts.survey import survey_map


def test_the_map_marks_zero_and_what_is_not_finite_and_leaves_out_what_is_not_there() -> None:
    signals = {("r1", "c1"): 0.0, ("r1", "c2"): inf, ("r2", "c1"): 0.01, ("r2", "c2"): None}
    heat, points = go.Figure(survey_map(signals, {"r1": "one", "r2": "two"}, {"c1": "A", "c2": "B"}, 300)).data
    assert [list(row) for row in heat.z] == [[-4.0, 4.0], [-2.0, None]]
    assert list(points.text) == ["0", "∞", "0.0100"]
    assert [list(each) for each in points.customdata] == [["r1", "c1"], ["r1", "c2"], ["r2", "c1"]]
    assert list(points.x) == [0, 1, 0] and list(points.y) == [0, 0, 1]
