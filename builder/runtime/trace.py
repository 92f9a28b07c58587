"""A batch sent through a module layer by layer, and what enters and leaves each; nothing in it is changed or hooked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, mul

import torch
from torch import Tensor, nn

from builder.layers import Layer
from builder.layers.blocks import Block
from builder.layers.merges import Merge
from builder.layers.shapes import unravelled
from builder.network.plan import Plan
from builder.network.step import Step, copies


@dataclass(frozen=True)
class Activation:
    """What a layer, or one copy of it in a repeat, makes of its input: both (rows, …), or those of one row alone.

    It may be a block, too, where branches come together: `inputs` are then what these give, in order. `path` is the name of
    its module in `nn.Module.named_modules()`.
    """

    path: str
    step: Step
    inputs: tuple[Tensor, ...]
    output: Tensor

    @property
    def input(self) -> Tensor:
        return self.inputs[0]

    @property
    def merges(self) -> bool:
        return isinstance(self.step.layer, Block)

    def at(self, index: int) -> tuple[int, ...]:
        """Of a single row: where the number with the flat `index` stands along each axis of what comes out."""
        return unravelled(index, tuple(self.output.shape))

    def of_row(self, row: int) -> Activation:
        """That of one row, in tensors of its own."""
        inputs = tuple(tensor[row].clone() for tensor in self.inputs)
        return Activation(self.path, self.step, inputs, self.output[row].clone())


def trace(module: nn.Module, plan: Plan, rows: Tensor) -> tuple[Tensor, list[Activation]]:
    """What the network makes of `rows`, and the activation of every layer and merge, in the order in which they calculate.

    Where gradients are kept, they go through what a frozen layer makes of words, too.
    """
    found: list[Activation] = []
    return _row(module, plan.parts, "", rows, found), found


@torch.inference_mode()
def trace_row(module: nn.Module, plan: Plan, rows: Tensor, row: int) -> list[Activation]:
    """The activations of row `row` of `rows` (rows, …) alone.

    All rows are sent through together, as everywhere in the app: one alone is rounded differently. An input set by hand
    is a batch of one row.
    """
    _, found = trace(module, plan, rows)
    return [activation.of_row(row) for activation in found]


def _row(module: nn.Module, steps: Sequence[Step], prefix: str, x: Tensor, found: list[Activation]) -> Tensor:
    for step in steps:
        x = _one(module, step, prefix, x, found)
    return x


def _one(module: nn.Module, step: Step, prefix: str, x: Tensor, found: list[Activation]) -> Tensor:
    path = prefix + step.layer.name
    if not isinstance(step.layer, Block):
        output = module.get_submodule(path)(x)
        if torch.is_grad_enabled() and output.is_floating_point() and not output.requires_grad:
            output.requires_grad_()  # a leaf of its own: neither words nor frozen vectors ask for a gradient
        found.append(Activation(path, step, (x,), output))
        return output  # type: ignore[no-any-return]
    parts = {part.layer.name: part for part in step.parts}

    def merge(how: Merge, tensors: Sequence[Tensor]) -> Tensor:
        output = _merged(how, tensors)
        found.append(Activation(path, step, tuple(tensors), output))
        return output

    for number in copies(step):

        def each(layer: Layer, x: Tensor, inside: str = f"{path}.{number}") -> Tensor:
            return _one(module, parts[layer.name], inside, x, found)

        x = step.layer.through(x, each, merge)
    return x


def _merged(how: Merge, tensors: Sequence[Tensor]) -> Tensor:
    """The tensors as one, in the order in which the module adds or multiplies them."""
    if how.how == "concatenate":
        return torch.cat(list(tensors), dim=how.dim)
    return reduce(add if how.how == "sum" else mul, tensors)
