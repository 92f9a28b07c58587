"""A plan as a Graphviz drawing in DOT: a node a layer, coloured by family, with its shapes and parameters."""

from __future__ import annotations

from itertools import pairwise

from graphviz import Digraph, escape

from builder.layers import Layer, Shape
from builder.messages import Language, Message, counted
from builder.palette import FAMILY_COLORS, tint
from builder.plan import Plan, Step
from builder.spec import INPUT, join

FONT = "Helvetica, Arial, sans-serif"
INPUT_NODE = "input layer"  # the space keeps it apart from every layer's name


def to_dot(plan: Plan, language: Language = "en") -> str:
    """The drawing of `plan` as DOT. Each node is called by its layer's path; failing and blocked layers are marked."""
    graph = Digraph("network")
    graph.attr(rankdir="LR", bgcolor="transparent", nodesep="0.2", ranksep="0.22", margin="0.05")
    graph.attr("node", shape="box", style="filled", fontname=FONT, fontsize="12", margin="0.1,0.07", height="0.3")
    graph.attr("edge", arrowsize="0.6", color="#8a93a3")
    _draw_input(graph, plan, language)
    nodes = [INPUT_NODE, *_draw_level(graph, plan, INPUT, language)]
    for before, after in pairwise(nodes):
        graph.edge(before, after)
    return str(graph.source)


def cluster_name(path: str) -> str:
    """What the group at `path` is called in the drawing; the space keeps it apart from every layer's path."""
    return f"cluster {path}"


def shape_text(shape: Shape) -> str:
    """`3` for a flat vector, `1 × 28 × 28` for an image."""
    return " × ".join(f"{size:,}" for size in shape)


def parameter_text(count: int) -> Message:
    """How a node states its parameters."""
    return counted("{n} parameter", "{n} parameters", n=count) if count else Message("no parameters")


def _draw_input(graph: Digraph, plan: Plan, language: Language) -> None:
    label = [Message("Input").text(language), "", shape_text(plan.input_shape), ""]
    _node(graph, INPUT_NODE, "input", [line for line in label if line], "")


def _draw_level(graph: Digraph, plan: Plan, parent: str, language: Language) -> list[str]:
    """Draw the layers in the group at `parent`, and those in its groups inside a frame each; the nodes in their order."""
    nodes: list[str] = []
    for layer in plan.spec.level(parent):
        path = join(parent, layer.name)
        if plan.spec.level(path):
            with graph.subgraph(name=cluster_name(path)) as frame:
                frame.attr(
                    label=escape(layer.name),
                    fontname=FONT,
                    fontsize="12",
                    color=FAMILY_COLORS["block"],
                    style="rounded",
                    margin="8",
                )
                nodes += _draw_level(frame, plan, path, language)
        else:
            _draw_layer(graph, plan, path, layer, language)
            nodes.append(path)
    return nodes


def _draw_layer(graph: Digraph, plan: Plan, path: str, layer: Layer, language: Language) -> None:
    step = plan.step(path)
    failing = plan.problem is not None and plan.problem.path == path
    state = "" if step else "failing" if failing else "blocked"
    _node(graph, path, layer.family, [layer.name, layer.kind, *_facts(step, language)], state)


def _facts(step: Step | None, language: Language) -> list[str]:
    if step is None:
        return []
    shapes = f"{shape_text(step.input_shape)} → {shape_text(step.output_shape)}"
    count = (
        parameter_text(step.count).text(language).split(" ") if step.count else []
    )  # two short lines: larger letters
    return [shapes, *count]


def _node(graph: Digraph, path: str, family: str, lines: list[str], state: str) -> None:
    color = "#c62828" if state == "failing" else FAMILY_COLORS[family]
    style = "filled,dashed" if state == "blocked" else "filled"
    css = f"family-{family} {state}".strip()
    label = r"\n".join(escape(line) for line in lines)
    graph.node(
        path, label, _attributes={"class": css}, color=color, fillcolor=tint(color), fontcolor="#1f2733", style=style
    )
