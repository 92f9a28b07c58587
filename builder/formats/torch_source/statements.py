"""Statements of a program: how a layer is applied, and how parameters are shared, initialised and frozen."""

from __future__ import annotations

from collections.abc import Sequence

from builder.layers.blocks import Block, Repeat
from builder.network.plan import Plan
from builder.network.step import Step


def application(step: Step, x: str) -> str:
    """The expression that sends `x` through the layer in `forward`."""
    call = None if isinstance(step.layer, Block) else step.layer.application(step.input_shape)
    return call.text(x) if call else f"self.{step.layer.name}({x})"


def ties(plan: Plan, owner: str) -> list[str]:
    """The assignments that make parameters shared."""
    return [
        f"{owner}.{step.path}.{name} = {owner}.{whose}.{name}"
        for step in plan.steps
        for name, whose in step.shares.items()
    ]


def settings(parts: Sequence[Step], owner: str, depth: int = 1) -> list[str]:
    """The calls that initialise and freeze, in the order in which `build_module` makes them."""
    lines: list[str] = []
    for part in parts:
        name = f"{owner}.{part.layer.name}"
        if isinstance(part.layer, Repeat):
            copy = "copy" if depth == 1 else f"copy{depth}"
            inner = settings(part.parts, copy, depth + 1)
            lines += [f"for {copy} in {name}:", *indented(inner, 4)] if inner else []
        elif isinstance(part.layer, Block):
            lines += settings(part.parts, name, depth)
        for parameter, initializer in part.layer.initial().items():
            if call := initializer.call():
                lines.append(call.text(f"{name}.{parameter}"))
        if part.layer.frozen:
            lines.append(f"{name}.requires_grad_(False)")
    return lines


def assign(name: str, lines: Sequence[str]) -> list[str]:
    """The expression in `lines`, under a name."""
    first, *more = lines
    return [f"{name} = {first}", *more]


def indented(lines: Sequence[str], by: int) -> list[str]:
    """`lines`, moved to the right; an empty one stays empty."""
    return [" " * by + line if line else "" for line in lines]
