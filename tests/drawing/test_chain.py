"""A network drawn without Graphviz: the same boxes with the same words and lines, side by side, and nothing else in the SVG."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.core.messages import LANGUAGES, Language
from builder.drawing.chain import draw_chain, is_chain, text_width
from builder.drawing.layers import to_dot
from builder.drawing.svg import safe_svg
from builder.layers.blocks import Group
from builder.layers.linear import Linear
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from tests.networks import Picky, dense
from tests.strategies import networks

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> list[tuple[str, str, list[str]]]:
    """The class, the title and the words of each node and edge."""
    return sorted(
        (
            group.get("class", ""),
            group.findtext(f"{SVG}title") or "",
            [text.text or "" for text in group.iter(f"{SVG}text")],
        )
        for group in ElementTree.fromstring(svg[svg.index("<svg") :]).iter(f"{SVG}g")
        if group.get("class", "").split()[0] in ("node", "edge")
    )


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@given(network=networks(), language=st.sampled_from(LANGUAGES))
def test_it_shows_what_graphviz_shows(network: NetworkSpec, language: Language) -> None:
    plan, closed = make_plan(network), [layer.name for layer in network.layers]
    dot = to_dot(plan, language, closed)
    svg = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, check=True, text=True)
    assert drawn(draw_chain(plan, language)) == drawn(svg.stdout)


@given(networks())
def test_nothing_in_it_is_cut_out_of_a_page(network: NetworkSpec) -> None:
    svg = draw_chain(make_plan(network), "zh")
    assert ElementTree.canonicalize(safe_svg(svg)) == ElementTree.canonicalize(svg)


@given(networks())
def test_boxes_stand_beside_each_other_with_room_for_their_words(network: NetworkSpec) -> None:
    root = ElementTree.fromstring(draw_chain(make_plan(network), "en"))
    across, down = map(float, root.get("viewBox", "").split()[2:])
    boxes = []
    for node in root.iter(f"{SVG}g"):
        if node.get("class", "").startswith("node"):
            (polygon,) = node.iter(f"{SVG}polygon")
            points = [tuple(map(float, point.split(","))) for point in polygon.get("points", "").split()]
            left, right = min(x for x, _ in points), max(x for x, _ in points)
            top, bottom = min(y for _, y in points), max(y for _, y in points)
            assert min(left, top) >= 0 and right <= across and bottom <= down
            assert all(text_width(text.text or "") < right - left for text in node.iter(f"{SVG}text"))
            assert all(top < float(text.get("y", "")) < bottom for text in node.iter(f"{SVG}text"))
            boxes.append((left, right))
    assert all(right < left for (_, right), (left, _) in pairwise(boxes))


def test_what_does_not_fit_is_marked_and_what_is_behind_it_waits() -> None:
    first, last = dense(3, 2, 2).layers
    svg = draw_chain(make_plan(NetworkSpec(layers=(first, Picky(name="picky1"), last))), "en")
    marked = {title: css for css, title, _ in drawn(svg)}
    assert "failing" in marked["picky1"] and "blocked" in marked["linear2"]
    assert marked["linear1"] == "node family-dense"
    assert svg.count("stroke-dasharray") == 1


def test_a_network_is_a_chain_as_long_as_no_block_is_open() -> None:
    block = Group(name="block1", layers=(Linear(name="linear1"),))
    plan = make_plan(NetworkSpec(layers=(block,)))
    assert is_chain(plan, ["block1"]) and not is_chain(plan, [])
    assert is_chain(make_plan(NetworkSpec(layers=(Group(name="block1"),))), [])
