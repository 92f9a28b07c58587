"""What stands in the box of a layer, however it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from builder.core.messages import Language, Message
from builder.core.palette import FAMILY_COLORS
from builder.layers import Layer
from builder.layers.blocks import Block, Repeat
from builder.layers.shapes import format_shape, parameter_text
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.network.step import Step

INPUT_NODE = "input layer"  # the space keeps it apart from every layer's name
INK = "#1f2733"


@dataclass(frozen=True)
class Box:
    """A layer: `title` is its path, `state` says whether it fails, or waits for one that does."""

    title: str
    family: str
    lines: tuple[str, ...]
    state: Literal["", "failing", "blocked"] = ""

    @property
    def color(self) -> str:
        return "#c62828" if self.state == "failing" else FAMILY_COLORS[self.family]

    @property
    def css(self) -> str:
        return f"family-{self.family} {self.state}".strip()


def input_box(plan: Plan, language: Language) -> Box:
    """The input, with its shape."""
    shape = format_shape(plan.input_shape)
    return Box(INPUT_NODE, "input", (Message("Input").text(language), *([shape] if shape else [])))


def box_of(plan: Plan, language: Language, path: str, layer: Layer) -> Box:
    """The layer at `path`: its name and kind, its shapes, and how many parameters it has."""
    step, problem = plan.step(path), plan.problem
    lines = (*_titles(layer), *_facts(step, language))
    if step:
        return Box(path, layer.family, lines)
    failing = problem is not None and problem.path != INPUT and f"{problem.path}.".startswith(f"{path}.")
    return Box(path, layer.family, lines, "failing" if failing else "blocked")


def title_of(block: Block) -> str:
    """What stands on the frame of a block."""
    return f"{block.name} × {block.times}" if isinstance(block, Repeat) else block.name


def _titles(layer: Layer) -> list[str]:
    return [f"▸ {title_of(layer)}", layer.kind] if isinstance(layer, Block) else [layer.name, layer.kind]


def _facts(step: Step | None, language: Language) -> list[str]:
    if step is None:
        return []
    shapes = f"{format_shape(step.input_shape)} → {format_shape(step.output_shape)}"
    # Two short lines have room for larger letters.
    count = parameter_text(step.count).text(language).split(" ") if step.count else []
    return [shapes, *count]
