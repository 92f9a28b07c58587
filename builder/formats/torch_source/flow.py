"""The body of `forward`: how data flows through the layers of a class."""

from __future__ import annotations

from collections.abc import Sequence

from builder.formats.torch_source.statements import application
from builder.formats.torch_source.wrapped import WIDTH
from builder.layers import Layer
from builder.layers.blocks import Block
from builder.layers.merges import Merge
from builder.network.step import Step


def forward(step: Step) -> list[str]:
    """The body of `forward` of a block. Where ways through it come together x is still needed, so a long one goes on as y."""
    assert isinstance(step.layer, Block)
    if not step.layer.through(False, lambda layer, x: x, lambda how, ways: True):
        return row(step.parts)
    parts = {part.layer.name: part for part in step.parts}
    lines: list[str] = []

    def each(layer: Layer, x: str) -> str:
        if x == "x":
            return application(parts[layer.name], x)
        if x != "y":
            lines.append(f"y = {x}")
        lines.append(f"y = {application(parts[layer.name], 'y')}")
        return "y"

    merged = step.layer.through("x", each, _merged)
    return [*lines, *f"return {merged}".splitlines()]


def row(parts: Sequence[Step]) -> list[str]:
    """The body of `forward` where one layer stands behind the other."""
    return [*(f"x = {application(part, 'x')}" for part in parts), "return x"]


def _merged(how: Merge, ways: Sequence[str]) -> str:
    """The expression that makes one tensor of several; on more lines where one is too long."""
    if how.how == "concatenate":
        line = f"torch.cat([{', '.join(ways)}], dim={how.dim})"
        broken = ["torch.cat(", "    [", *(f"        {way}," for way in ways), "    ],", f"    dim={how.dim},", ")"]
    else:
        sign = "+" if how.how == "sum" else "*"
        line = f" {sign} ".join(ways)
        first, *others = ways
        broken = ["(", f"    {first}", *(f"    {sign} {way}" for way in others), ")"]
    return line if len(f"        return {line}") <= WIDTH else "\n".join(broken)
