"""A plan as a Graphviz drawing in DOT: a node a layer, a frame around the layers of a block, coloured by family."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count

from graphviz import Digraph, escape

from builder.core.messages import Language, Message
from builder.core.palette import FAMILY_COLORS, tint
from builder.layers import Layer
from builder.layers.blocks import Block, Branches, Merge, Repeat, Residual
from builder.layers.shapes import format_shape, parameter_text
from builder.network.plan import Plan
from builder.network.spec import INPUT, join
from builder.network.step import Step

FONT = "Helvetica, Arial, sans-serif"
INPUT_NODE = "input layer"  # the space keeps it apart from every layer's name
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
    _draw_input(graph, plan, language)
    drawer = _Drawer(plan, language, closed)
    drawer.row(graph, plan.spec.layers, INPUT, INPUT_NODE)
    for before, after in drawer.edges:
        graph.edge(before, after, **({"arrowhead": "none"} if after.endswith(FORK) else {}))
    return str(graph.source)


def cluster_name(path: str) -> str:
    """What the group at `path` is called in the drawing; the space keeps it apart from every layer's path."""
    return f"cluster {path}"


def _draw_input(graph: Digraph, plan: Plan, language: Language) -> None:
    label = [Message("Input").text(language), "", format_shape(plan.input_shape), ""]
    _node(graph, INPUT_NODE, "input", [line for line in label if line], "")


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
            label = escape(f"▾ {_title(layer)}")
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
        step, problem = self.plan.step(path), self.plan.problem
        failing = problem is not None and problem.path != INPUT and f"{problem.path}.".startswith(f"{path}.")
        state = "" if step else "failing" if failing else "blocked"
        _node(graph, path, layer.family, [*_titles(layer), *_facts(step, self.language)], state)


def _title(block: Block) -> str:
    """What stands on the frame of a block."""
    return f"{block.name} × {block.times}" if isinstance(block, Repeat) else block.name


def _titles(layer: Layer) -> list[str]:
    return [f"▸ {_title(layer)}", layer.kind] if isinstance(layer, Block) else [layer.name, layer.kind]


def _facts(step: Step | None, language: Language) -> list[str]:
    if step is None:
        return []
    shapes = f"{format_shape(step.input_shape)} → {format_shape(step.output_shape)}"
    # Two short lines have room for larger letters.
    count = parameter_text(step.count).text(language).split(" ") if step.count else []
    return [shapes, *count]


def _node(graph: Digraph, path: str, family: str, lines: list[str], state: str) -> None:
    color = "#c62828" if state == "failing" else FAMILY_COLORS[family]
    style = "filled,dashed" if state == "blocked" else "filled"
    css = f"family-{family} {state}".strip()
    label = r"\n".join(escape(line) for line in lines)
    graph.node(
        path, label, _attributes={"class": css}, color=color, fillcolor=tint(color), fontcolor="#1f2733", style=style
    )
