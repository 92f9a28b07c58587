"""One layer behind the other, drawn without Graphviz: a program takes twenty times as long to start as this takes to draw.

The SVG has the form that Graphviz's has, with the same titles and classes, so that the page makes no difference.
"""

from __future__ import annotations

from collections.abc import Collection
from html import escape
from itertools import pairwise

from builder.core.messages import Language
from builder.core.palette import tint
from builder.drawing.boxes import INK, Box, box_of, input_box
from builder.drawing.svg import Shapes
from builder.layers.blocks import Block
from builder.network.plan import Plan

SIZE, LINE = 12, 13  # of the letters, and from one line to the next, in points
PADDING, GAP, MARGIN = 9, 16, 4  # inside a box, between two, and around all
ARROW = 6
GREY = "#8a93a3"
# How wide letters are, in thousandths of their size: those of Helvetica, from the space to the tilde (Adobe's font metrics).
_WIDTHS = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584 "
    "584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 "
    "278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 "
    "500 334 260 334 584"
)
_ASCII = dict(zip(map(chr, range(32, 127)), map(int, _WIDTHS.split()), strict=True))
WIDER = 1.12  # the page's own font, and bold


def is_chain(plan: Plan, closed: Collection[str]) -> bool:
    """Is each box behind one other? Then no block is open."""
    return not any(isinstance(layer, Block) and layer.layers and layer.name not in closed for layer in plan.spec.layers)


def draw_chain(plan: Plan, language: Language) -> Shapes:
    """The SVG of `plan`, in which no block is open: the input and all layers from left to right."""
    boxes = [input_box(plan, language)]
    boxes += [box_of(plan, language, layer.name, layer) for layer in plan.spec.layers]
    height = max(map(_height, boxes))
    middle, left, nodes, places = MARGIN + height / 2, float(MARGIN), [], []
    for box in boxes:
        width = _width(box)
        nodes.append(_node(box, left, width, middle))
        places.append((left, left + width))
        left += width + GAP
    edges = [
        _edge(f"{one.title}->{other.title}", end, start, middle)
        for (one, (_, end)), (other, (start, _)) in pairwise(zip(boxes, places, strict=True))
    ]
    across, down = f"{left - GAP + MARGIN:.1f}", f"{height + 2 * MARGIN:.1f}"
    return Shapes(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}pt" height="{down}pt" viewBox="0 0 {across} {down}">'
        f'<g id="graph0" class="graph"><title>network</title>{"".join(nodes)}{"".join(edges)}</g></svg>'
    )


def _width(box: Box) -> float:
    return max(map(text_width, box.lines)) + 2 * PADDING


def text_width(text: str) -> float:
    """About how wide `text` is, in points; a letter beyond ASCII is taken for as wide as it is high."""
    return sum(_ASCII.get(letter, 1000) for letter in text) / 1000 * SIZE * WIDER


def _height(box: Box) -> float:
    return len(box.lines) * LINE + 10


def _node(box: Box, left: float, width: float, middle: float) -> str:
    top, bottom, right = middle - _height(box) / 2, middle + _height(box) / 2, left + width
    corners = [(right, top), (left, top), (left, bottom), (right, bottom), (right, top)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    dashes = ' stroke-dasharray="5,2"' if box.state == "blocked" else ""
    first = middle - (len(box.lines) - 1) * LINE / 2 + SIZE / 3  # the foot of its letters
    lines = "\n".join(  # for those who hear it, a line ends
        f'<text text-anchor="middle" x="{left + width / 2:.1f}" y="{first + n * LINE:.1f}" font-size="{SIZE}" fill="{INK}">'
        f"{escape(line)}</text>"
        for n, line in enumerate(box.lines)
    )
    return (
        f'<g class="node {box.css}"><title>{escape(box.title)}</title>'
        f'<polygon fill="{tint(box.color)}" stroke="{box.color}"{dashes} points="{points}"/>{lines}</g>'
    )


def _edge(title: str, start: float, end: float, y: float) -> str:
    neck, half = end - ARROW, 0.35 * ARROW
    head = f"{neck:.1f},{y + half:.1f} {end:.1f},{y:.1f} {neck:.1f},{y - half:.1f} {neck:.1f},{y + half:.1f}"
    return (
        f'<g class="edge"><title>{escape(title)}</title>'
        f'<path fill="none" stroke="{GREY}" d="M{start:.1f},{y:.1f}C{start + 3:.1f},{y:.1f} {neck - 3:.1f},{y:.1f} {neck:.1f},{y:.1f}"/>'
        f'<polygon fill="{GREY}" stroke="{GREY}" points="{head}"/></g>'
    )
