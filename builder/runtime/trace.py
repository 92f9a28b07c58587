"""A batch sent through a module layer by layer, and what enters and leaves each; nothing in it is changed or hooked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, mul

import torch
from torch import Tensor, nn

from builder.layers import Layer
from builder.layers.blocks import Block, Merge
from builder.network.plan import Plan
from builder.network.step import Step, copies


@dataclass(frozen=True)
class Place:
    """One layer, or one copy of it in a repeat, with what enters and what leaves it: (rows, …).

    `path` is the name of its module in `nn.Module.named_modules()`.
    """

    path: str
    step: Step
    before: Tensor
    after: Tensor


def flow(module: nn.Module, plan: Plan, rows: Tensor) -> tuple[Tensor, list[Place]]:
    """What the network makes of `rows`, and every layer on the way, in the order in which they calculate.

    Where gradients are kept, they go through what a frozen layer makes of words, too.
    """
    places: list[Place] = []
    return _row(module, plan.parts, "", rows, places), places


def _row(module: nn.Module, steps: Sequence[Step], prefix: str, x: Tensor, places: list[Place]) -> Tensor:
    for step in steps:
        x = _one(module, step, prefix, x, places)
    return x


def _one(module: nn.Module, step: Step, prefix: str, x: Tensor, places: list[Place]) -> Tensor:
    path = prefix + step.layer.name
    if not isinstance(step.layer, Block):
        after = module.get_submodule(path)(x)
        if torch.is_grad_enabled() and after.is_floating_point() and not after.requires_grad:
            after.requires_grad_()  # a leaf of its own: neither words nor frozen vectors ask for a gradient
        places.append(Place(path, step, x, after))
        return after  # type: ignore[no-any-return]
    block, parts = step.layer, {part.layer.name: part for part in step.parts}
    for number in copies(step):

        def each(layer: Layer, x: Tensor, inside: str = f"{path}.{number}") -> Tensor:
            return _one(module, parts[layer.name], inside, x, places)

        x = block.through(x, each, merged)
    return x


def merged(how: Merge, tensors: Sequence[Tensor]) -> Tensor:
    """The tensors as one, in the order in which the module adds or multiplies them."""
    if how.how == "concatenate":
        return torch.cat(list(tensors), dim=how.dim)
    return reduce(add if how.how == "sum" else mul, tensors)
