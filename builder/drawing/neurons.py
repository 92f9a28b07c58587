"""A plan as a drawing of its neurons in DOT: a circle a neuron, a line a weight, and what one row of the batch becomes.

Whatever the widths and the depth, the drawing is small: of a wide layer it shows both ends, of a deep network a window.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate

from graphviz import Digraph
from torch import Tensor, nn

from builder.core.messages import Language, Message, counted
from builder.core.numerals import brief, exact
from builder.core.palette import FAMILY_COLORS, tint
from builder.drawing.columns import ENDS, MAX_COLUMNS, WHOLE, Column, columns
from builder.drawing.layers import FONT
from builder.layers.shapes import format_shape, parameter_text
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.network.step import Step

MAX_CAPTION = 17  # characters
POSITIVE, NEGATIVE = "#0072b2", "#d55e00"  # Okabe & Ito 2008: colour-blind people tell them apart

_CIRCLE, _EMPTY_CIRCLE, _EMPTY_PITCH = 44, 30, 36  # points; one without a value is smaller
_PITCH = {1: 60, 2: 60, 3: 58, 4: 52}  # from a circle to the next, by the number of rows: the fewer, the airier
_DENSE_PITCH, _MORE_PITCH = 48, 36  # for more rows; around the words "… 500 more"
_BELOW, _MARGINS = 52, 52  # captions and legend; half a circle and the paper's edge on both sides
_NARROWEST, _WIDEST, _ASPECT = 96, 190, 2.1  # between columns; the panel that the drawing fills is about so wide
_SEEN = 560  # of a drawing so wide that it is scrolled, at first
_THIN, _THICK = 0.7, 3.8


@dataclass(frozen=True)
class Live:
    """What a live network adds: its weights, and what row `row` of `rows` becomes: a flat tensor for each path."""

    module: nn.Module
    signals: Mapping[str, Tensor]
    row: int
    rows: int


@dataclass(frozen=True)
class Neurons:
    """The drawing in DOT; by the titles of its nodes, the layer that each stands for; by the titles of nodes and
    lines, what hovering shows; and the whole in words."""

    dot: str
    nodes: Mapping[str, str]
    tips: Mapping[str, str]
    description: str


def draw_neurons(plan: Plan, live: Live | None, language: Language = "en", first: int = 0) -> Neurons:
    """The neurons of `plan`, from column `first` on. Without `live` there are no values, and all lines are alike."""
    every = columns(plan)
    sheet = _Sheet(every[first : first + MAX_COLUMNS], live, language)
    for n, column in enumerate(sheet.columns):
        before = every[first + n - 1] if first + n else None
        sheet.draw_column(n, column, before)
        if n and before:
            sheet.draw_weights(before, column)
    sheet.draw_cut("before", -1, every[:first][::-1])
    sheet.draw_cut("after", len(sheet.columns), every[first + MAX_COLUMNS :])
    sheet.draw_legend()
    return Neurons(str(sheet.graph.source), sheet.nodes, sheet.tips, "\n".join(sheet.words))


class _Sheet:
    """The drawing while it is made."""

    def __init__(self, shown: Sequence[Column], live: Live | None, language: Language) -> None:
        self.columns, self.live, self.language = shown, live, language
        self.nodes: dict[str, str] = {}
        self.tips: dict[str, str] = {}
        self.words: list[str] = []
        rows = max(len(column.slots) for column in shown)
        self.circle, self.pitch = (_CIRCLE, _PITCH.get(rows, _DENSE_PITCH)) if live else (_EMPTY_CIRCLE, _EMPTY_PITCH)
        self.height = max(sum(self._heights(column)) for column in shown)
        self.gap = _gap(len(shown), self.height)
        self.graph = Digraph("neurons")
        self.graph.attr(
            layout="neato", inputscale="72", splines="line", outputorder="edgesfirst", bgcolor="transparent"
        )
        self.graph.attr(margin="0.05", fontname=FONT)
        self.graph.attr("node", fontname=FONT, fontsize="11", fontcolor="#1f2733", margin="0.06,0.03", height="0")
        self.graph.attr("edge", dir="none", color="#8a93a399", penwidth="0.8")

    def say(self, message: Message) -> str:
        return message.text(self.language)

    def draw_column(self, n: int, column: Column, before: Column | None) -> None:
        """Its circles from top to bottom, and its caption below."""
        family = column.steps[-1].layer.family if column.steps else "input"
        color = FAMILY_COLORS[family if family == "output" else "dense" if column.linear else "input"]
        values = self._values(column)
        biases = self._biases(column)
        for slot, y in zip(column.slots, self._places(column), strict=True):
            if slot is None:
                self._more(column, n * self.gap, y)
                continue
            title = f"{column.node}/{slot}"
            label = _circle_label(values.get(slot), biases.get(slot))
            self._node(title, label, n * self.gap, y, "neuron", shape="circle", fixedsize="true", margin="0", color=color,
                       width=f"{self.circle / 72:.4f}", style="filled", fillcolor=tint(color))  # fmt: skip
            self.nodes[title] = column.path
            self.tips[title] = self._neuron_tip(column, slot, before)
        self._caption(n, column, color, values)

    def draw_weights(self, before: Column, column: Column) -> None:
        """A line for each weight between neurons that are drawn: coloured by sign, thick by size among them."""
        if column.linear is None:
            return
        weights = self._weights(column, before)
        largest = max((abs(w) for w in weights.values() if math.isfinite(w)), default=0.0)
        for i in column.drawn:
            for j in before.drawn:
                tail, head = f"{before.node}/{j}", f"{column.node}/{i}"
                weight = weights.get((i, j))
                self.graph.edge(tail, head, _attributes=_line(weight, largest))
                if weight is not None:
                    facts = Message("from {source} to neuron {n}", source=self._source(before, j), n=i + 1)
                    self.tips[f"{tail}->{head}"] = (
                        f"{column.path}.weight[{i}, {j}] = {exact(weight)}\n{self.say(facts)}"
                    )

    def draw_cut(self, title: str, n: int, hidden: Sequence[Column]) -> None:
        """How many layers a deep network has beyond this end of the window; it selects the nearest."""
        if hidden:
            count = sum(max(1, len(column.steps)) for column in hidden)
            text = self.say(counted("… {n} more layer", "… {n} more layers", n=count))
            self._node(title, escape(text), n * self.gap, 0, "cut", shape="box", color="#6b7280", penwidth="0")
            self.nodes[title] = hidden[0].path

    def draw_legend(self) -> None:
        """What the colours mean, and whose values these are; a picture that is passed on explains itself."""
        if self.live is None:
            return
        row = Message("values: row {n} of {count}", n=self.live.row + 1, count=self.live.rows)
        said = [("━ ", Message("positive weight"), POSITIVE), ("━ ", Message("negative weight"), NEGATIVE)]
        said += [("", Message("thick = large"), "#4b5563"), ("b ", Message("= bias"), "#4b5563"), ("", row, "#4b5563")]
        cells = "".join(
            f'<TD><FONT COLOR="{color}">{sign}{escape(self.say(text))}</FONT></TD>' for sign, text, color in said
        )
        table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="5"><TR>{cells}</TR></TABLE>'
        middle = min((len(self.columns) - 1) * self.gap / 2, _SEEN / 2)
        self._node("legend", table, middle, self._floor - 45, "legend", shape="plaintext", fontsize="10")

    @property
    def _floor(self) -> float:
        """Below the lowest circle."""
        return -self.height / 2

    def _heights(self, column: Column) -> list[int]:
        return [_MORE_PITCH if slot is None else self.pitch for slot in column.slots]

    def _places(self, column: Column) -> Iterator[float]:
        """How high each slot of `column` lies; the middle is 0."""
        heights = self._heights(column)
        top = sum(heights) / 2
        for above, own in zip(accumulate(heights, initial=0), heights, strict=False):
            yield top - above - own / 2

    def _node(self, title: str, html: str, x: float, y: float, css: str, **attributes: str) -> None:
        label = f"<{html}>" if html else ""
        self.graph.node(title, label, _attributes={"class": css}, pos=f"{x:.1f},{y:.1f}!", **attributes)

    def _more(self, column: Column, x: float, y: float) -> None:
        title = f"{column.node}/more"
        text = self.say(counted("… {n} more", "… {n} more", n=column.width - 2 * ENDS))
        self._node(title, escape(text), x, y, "more", shape="plaintext", fontcolor="#4b5563")
        about = Message(
            "{count} in all: the first {ends} and the last {ends} are drawn.", count=column.width, ends=ENDS
        )
        self.tips[title] = self.say(about)

    def _caption(self, n: int, column: Column, color: str, values: Mapping[int, float]) -> None:
        kinds = " · ".join(step.layer.kind for step in column.steps[1 if column.linear else 0 :])
        name = column.path or self.say(Message("Input"))
        second = kinds or (column.steps[0].layer.kind if column.steps else f"{column.width:,}")
        label = f'<B>{escape(_tail(name))}</B><BR/><FONT POINT-SIZE="10">{escape(_start(second))}</FONT>'
        self._node(column.node, label, n * self.gap, self._floor - 18, "caption", shape="box", style="rounded",
                   margin="0.08,0.05", color=color, penwidth="0")  # fmt: skip
        self.nodes[column.node] = column.path
        facts = [self.say(_about_step(step)) for step in column.steps]
        head = self.say(counted("{name}: {n} neuron", "{name}: {n} neurons", n=column.width, name=name)
                        if column.path else counted("Input: {n} feature.", "Input: {n} features.", n=column.width))  # fmt: skip
        self.tips[column.node] = "\n".join([head, *facts])
        self.words.append(" ".join([head, *(f"{i + 1}: {brief(value)};" for i, value in values.items())]))

    def _source(self, before: Column, j: int) -> Message:
        if before.path == INPUT:
            return Message("input {n}", n=j + 1)
        return Message("neuron {n} of {layer}", n=j + 1, layer=before.path)

    def _values(self, column: Column) -> dict[int, float]:
        """What leaves each neuron that is drawn."""
        return self._signal(column.last, column.drawn)

    def _signal(self, path: str, at: list[int]) -> dict[int, float]:
        if self.live is None:
            return {}
        return dict(zip(at, self.live.signals[path][at].tolist(), strict=True))

    def _biases(self, column: Column) -> dict[int, float]:
        if self.live is None or column.linear is None or "bias" not in column.linear.parameter_shapes:
            return {}
        bias = self.live.module.get_parameter(f"{column.linear.module_path}.bias").detach()
        return dict(zip(column.drawn, bias[column.drawn].tolist(), strict=True))

    def _weights(self, column: Column, before: Column) -> dict[tuple[int, int], float]:
        """The weights of the lines that are drawn, and no others."""
        if self.live is None or column.linear is None:
            return {}
        weight = self.live.module.get_parameter(f"{column.linear.module_path}.weight").detach()
        part = weight[column.drawn][:, before.drawn].tolist()
        return {
            (i, j): w for i, row in zip(column.drawn, part, strict=True) for j, w in zip(before.drawn, row, strict=True)
        }

    def _neuron_tip(self, column: Column, slot: int, before: Column | None) -> str:
        """Its name, its bias, the sum with its arithmetic, and its value behind each layer of the column."""
        name = Message("neuron {n} of {count}", n=slot + 1, count=column.width)
        if column.path == INPUT:
            name = Message("input {n} of {count}", n=slot + 1, count=column.width)
        lines = [f"{column.path} · {self.say(name)}" if column.path else self.say(name)]
        if self.live is None:
            return lines[0]
        bias = self._biases(column).get(slot)
        if bias is not None:
            lines.append(f"{column.path}.bias[{slot}] = {exact(bias)}")
        if column.linear and before and before.width <= WHOLE:
            lines.append(self._arithmetic(column, slot, before, bias))
        if column.path == INPUT:
            lines.append(f"{self.say(Message('value'))} = {exact(self._signal(INPUT, [slot])[slot])}")
        for step in column.steps:
            shown = step.path if step is column.linear else f"{step.path} ({step.layer.kind})"
            lines.append(f"{shown} = {exact(self._signal(step.path, [slot])[slot])}")
        return "\n".join(lines)

    def _arithmetic(self, column: Column, slot: int, before: Column, bias: float | None) -> str:
        """`0.39·1.2 + (−0.48)·0.31 + 0.309 ≈ 0.54`: weights times what they are given, and the bias."""
        given = self._values(before)
        weight = self._weights(column, before)
        terms = [f"{_factor(weight[slot, j])}·{_factor(given[j])}" for j in before.drawn]
        terms += [] if bias is None else [_factor(bias)]
        return f"{' + '.join(terms)} ≈ {brief(self._signal(column.path, [slot])[slot])}"


def _gap(count: int, height: float) -> float:
    """The distance of two columns: the drawing is then about as wide for its height as the panel."""
    return max(_NARROWEST, min(_WIDEST, (_ASPECT * (height + _BELOW) - _MARGINS) / max(1, count - 1)))


def _line(weight: float | None, largest: float) -> dict[str, str]:
    if weight is None:
        return {"class": "weight"}
    share = min(1.0, abs(weight) / largest) if largest and math.isfinite(weight) else 0.0
    if weight == 0:
        return {"class": "weight", "penwidth": f"{_THIN}"}
    css, color = ("positive", POSITIVE) if weight > 0 else ("negative", NEGATIVE)
    opacity = f"{round(255 * (0.4 + 0.55 * share)):02x}"
    return {"class": f"weight {css}", "color": color + opacity, "penwidth": f"{_THIN + (_THICK - _THIN) * share:.2f}"}


def _circle_label(value: float | None, bias: float | None) -> str:
    if value is None:
        return ""
    return brief(value) + ("" if bias is None else f'<BR/><FONT POINT-SIZE="9.5">b {brief(bias, 2)}</FONT>')


def _factor(value: float) -> str:
    return f"({brief(value)})" if value < 0 else brief(value)


def _about_step(step: Step) -> Message:
    shapes = f"{format_shape(step.input_shape)} → {format_shape(step.output_shape)}"
    return Message("{path} · {kind}: {shapes}, {parameters}", path=step.path, kind=step.layer.kind, shapes=shapes,
                   parameters=parameter_text(step.count))  # fmt: skip


def _tail(name: str) -> str:
    """The end of a long path says most."""
    return name if len(name) <= MAX_CAPTION else f"…{name[1 - MAX_CAPTION :]}"


def _start(text: str) -> str:
    return text if len(text) <= MAX_CAPTION + 2 else f"{text[: MAX_CAPTION + 1]}…"
