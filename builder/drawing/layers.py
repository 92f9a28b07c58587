"""A plan as a Graphviz drawing in DOT: a node a layer, a frame around the layers of a block, coloured by family."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count

from graphviz import Digraph, escape

from builder.core.messages import Language
from builder.core.palette import FAMILY_COLORS, tint
from builder.drawing.boxes import INK, INPUT_NODE, Box, box_of, input_box, title_of
from builder.layers import Layer
from builder.layers.blocks import Block, Branches, Residual
from builder.layers.merges import Merge
from builder.network.plan import Plan
from builder.network.spec import INPUT, join

FONT = "Helvetica, Arial, sans-serif"
FORK = " fork"


def to_dot(plan: Plan, language: Language = "en", closed: Collection[str] = ()) -> str:
    """The drawing of `plan` as DOT. Each node is called by its layer's path; failing and blocked layers are marked.

    A block is a frame around its layers, with an edge for each way that the data takes; a `closed` one is a single node. A
    repeat is drawn once, however many copies there are.
    """
    graph = Digraph("network")
    graph.attr(rankdir="LR", bgcolor="transparent", nodesep="0.2", ranksep="0.22", margin="0.05")
    graph.attr("node", shape="box", style="filled", fontname=FONT, fontsize="12", margin="0.1,0.07", height="0.3")
    graph.attr("edge", arrowsize="0.6", color="#8a93a3")
    _node(graph, input_box(plan, language))
    drawer = _Drawer(plan, language, closed)
    drawer.row(graph, plan.spec.layers, INPUT, INPUT_NODE)
    for before, after in drawer.edges:
        graph.edge(before, after, **({"arrowhead": "none"} if after.endswith(FORK) else {}))
    return str(graph.source)


def cluster_name(path: str) -> str:
    """What the group at `path` is called in the drawing; the space keeps it apart from every layer's path."""
    return f"cluster {path}"


class _Drawer:
    """Follows the data through the layers as `Block.through` says, from node to node."""

    def __init__(self, plan: Plan, language: Language, closed: Collection[str]) -> None:
        self.plan, self.language, self.closed = plan, language, closed
        self.edges: list[tuple[str, str]] = []
        self._numbers = count(1)

    def row(self, graph: Digraph, layers: Sequence[Layer], parent: str, before: str) -> str:
        """Draw `layers` one behind the other, the first behind the node `before`; the last node of all."""
        for layer in layers:
            before = self._one(graph, join(parent, layer.name), layer, before)
        return before

    def _one(self, graph: Digraph, path: str, layer: Layer, before: str) -> str:
        if not isinstance(layer, Block) or path in self.closed or not layer.layers:
            self._node(graph, path, layer)
            self.edges.append((before, path))
            return path
        with graph.subgraph(name=cluster_name(path)) as frame:
            label = escape(f"▾ {title_of(layer)}")
            color = FAMILY_COLORS["block"]
            frame.attr(
                label=label, fontname=FONT, fontsize="12", color=color, style="rounded", margin="8", labeljust="l"
            )
            return layer.through(
                self._fork(frame, path, before) if isinstance(layer, Residual | Branches) else before,
                lambda inner, x: self._one(frame, join(path, inner.name), inner, x),
                lambda how, nodes: self._merge(frame, path, how, nodes),
            )

    def _fork(self, graph: Digraph, path: str, before: str) -> str:
        """A point in which several ways part: Graphviz keeps an edge inside a frame if both its ends are there."""
        name = f"{path}{FORK}"
        graph.node(name, "", _attributes={"class": "fork"}, shape="point", width="0.06", color="#8a93a3")
        self.edges.append((before, name))
        return name

    def _merge(self, graph: Digraph, path: str, how: Merge, nodes: Sequence[str]) -> str:
        """A small node in which several ways come together; the space keeps it apart from every layer's path."""
        name = f"{path} merge {next(self._numbers)}"
        look = {"shape": "circle", "margin": "0.02", "width": "0.22", "height": "0.22", "fontsize": "11"}
        if how.how == "concatenate":
            look = {"shape": "box", "margin": "0.05,0.02", "fontsize": "10", "height": "0.2"}
        color = FAMILY_COLORS["block"]
        graph.node(name, escape(how.sign), _attributes={"class": "merge"}, color=color, fillcolor=tint(color), **look)
        self.edges += [(node, name) for node in nodes]
        return name

    def _node(self, graph: Digraph, path: str, layer: Layer) -> None:
        _node(graph, box_of(self.plan, self.language, path, layer))


def _node(graph: Digraph, box: Box) -> None:
    style = "filled,dashed" if box.state == "blocked" else "filled"
    label = r"\n".join(escape(line) for line in box.lines)
    graph.node(
        box.title,
        label,
        _attributes={"class": box.css},
        color=box.color,
        fillcolor=tint(box.color),
        fontcolor=INK,
        style=style,
    )
