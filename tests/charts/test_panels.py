"""Panels share the width of the figure; each trace is drawn in its own."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from builder.charts.panels import GAP, TITLE, axes_of, side_by_side


@pytest.mark.parametrize("count", [1, 2, 5])
def test_panels_lie_where_plotlys_own_do(count: int) -> None:
    titles = [f"panel {n}" for n in range(count)]
    ours = go.Figure(
        {"data": [{"type": "bar", **axes_of(n)} for n in range(count)], "layout": side_by_side(titles, 200)}
    )
    theirs = make_subplots(1, count, horizontal_spacing=GAP, subplot_titles=titles)
    for n in range(count):
        theirs.add_bar(row=1, col=n + 1)
        assert (ours.data[n].xaxis, ours.data[n].yaxis) == (theirs.data[n].xaxis, theirs.data[n].yaxis)
        mine, its = (figure.layout[f"xaxis{n + 1}"] for figure in (ours, theirs))
        assert mine.domain == pytest.approx(its.domain) and mine.anchor == its.anchor
        assert ours.layout[f"yaxis{n + 1}"].anchor == theirs.layout[f"yaxis{n + 1}"].anchor
        assert ours.layout.annotations[n].x == pytest.approx(theirs.layout.annotations[n].x)
        assert ours.layout.annotations[n].text == theirs.layout.annotations[n].text


def test_a_long_title_gives_way_in_its_middle_and_is_text() -> None:
    (title,) = side_by_side(["<b>" + "x" * 200 + "end"], 200)["annotations"]
    assert title["text"].startswith("&lt;b&gt;x") and title["text"].endswith("xend")
    assert len(title["text"]) - len("&lt;&gt;") + 2 <= TITLE
