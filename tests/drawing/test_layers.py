"""The drawing: every layer a node, nothing in it but what we wrote, marks for what does not fit."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given

from builder.core.palette import FAMILY_COLORS, tint
from builder.drawing.boxes import INPUT_NODE
from builder.drawing.layers import cluster_name, to_dot
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.networks import Picky, dense
from tests.strategies import networks


def test_the_tutorial_network_is_drawn_with_its_facts() -> None:
    dot = to_dot(make_plan(PRESETS["tutorial"].experiment.network))
    assert r'linear1 [label="linear1\nLinear\n3 → 3\n12\nparameters"' in dot
    assert r'softmax1 [label="softmax1\nSoftmax\n2 → 2"' in dot
    assert "out -> softmax1" in dot
    assert FAMILY_COLORS["dense"] in dot and tint(FAMILY_COLORS["dense"]) in dot


def test_what_does_not_fit_is_marked_and_what_is_behind_it_waits() -> None:
    first, last = dense(3, 2, 2).layers
    lines = to_dot(make_plan(NetworkSpec(layers=(first, Picky(name="picky1"), last)))).splitlines()
    marked = {line.split()[0]: line for line in lines if "label=" in line}
    assert "failing" in marked["picky1"]
    assert "blocked" in marked["linear2"] and "dashed" in marked["linear2"]
    assert "blocked" not in marked["linear1"] and "failing" not in marked["linear1"]


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@given(networks())
def test_graphviz_draws_a_node_for_every_layer_and_a_frame_for_every_group(network: NetworkSpec) -> None:
    svg = subprocess.run(["dot", "-Tsvg"], input=to_dot(make_plan(network)), capture_output=True, check=True, text=True)
    drawn = re.findall(r'class="(node|cluster)[^"]*">\s*<title>(.*?)</title>', svg.stdout)
    groups = [path for path in network.paths if network.level(path)]
    layers = [path for path in network.paths if path not in groups]
    assert sorted(title for kind, title in drawn if kind == "node") == sorted([INPUT_NODE, *layers])
    assert sorted(title for kind, title in drawn if kind == "cluster") == sorted(map(cluster_name, groups))
    assert svg.stdout.count('class="edge"') == len(layers)


def test_every_way_through_a_block_begins_and_ends_inside_it() -> None:
    """Graphviz keeps such an edge in the frame; one from outside would cross it and the name on it."""
    dot = to_dot(make_plan(PRESETS["resnet18"].experiment.network))
    edges = re.findall(r'^\t"?([^"\n]+?)"? -> "?([^"\n]+?)"?(?: \[.*)?$', dot, re.MULTILINE)
    ways = [(before, after.partition(" merge ")[0]) for before, after in edges if " merge " in after]
    assert len(ways) == 2 * 7  # residual blocks; that of layer1 stands for two
    assert all(before.startswith((f"{block}.", f"{block} ")) for before, block in ways)


def test_tint_mixes_with_white() -> None:
    assert tint("#000000", 0.5) == "#808080"
    assert tint("#0072b2", 1.0) == "#0072b2"
