"""What makes a single number of a layer that is no sum, as a line: its formula with the numbers in it."""

from __future__ import annotations

from functools import singledispatch

import torch
from torch import nn

from builder.core.arithmetic import stated
from builder.core.numerals import brief, figures
from builder.layers import Layer
from builder.layers.attention import GLU
from builder.layers.blocks import Block, Branches
from builder.layers.normalization import LayerScale
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.activations import put_in
from builder.teaching.walkthrough.notation import joined

Place = tuple[int, ...]  # of a number along each axis of what leaves the layer


def in_numbers(module: nn.Module, activation: Activation, index: int) -> str:
    """What makes the number `index` of a layer that is no sum: `1 / (1 + exp(−1.20)) = 0.769`; empty where no line can say it."""
    own = module.get_submodule(activation.path)
    return written(activation.step.layer, own, activation, activation.at(index))


@singledispatch
def written(layer: Layer, own: nn.Module, activation: Activation, at: Place) -> str:
    """How the number at `at` comes about in `layer`, whose module is `own`; a kind whose line is another registers it.

    Without that an activation is its formula, and a layer that leaves all numbers in their order passes them on.
    """
    result = float(activation.output[at])
    if layer.family == "activation":
        return stated(put_in(layer, own, float(activation.input[at]), at), result)
    before, after = activation.input.flatten(), activation.output.flatten()
    if before.shape == after.shape and torch.allclose(before, after, rtol=0, atol=0, equal_nan=True):
        return f"{brief(result)} → {brief(result)}"
    return ""


@written.register
def _merged(layer: Block, own: nn.Module, activation: Activation, at: Place) -> str:
    """What branches give, added or multiplied."""
    sign = "×" if isinstance(layer, Branches) and layer.merge == "product" else "+"
    given = [tensor.expand(activation.output.shape) for tensor in activation.inputs]
    return stated(joined(sign, [float(tensor[at]) for tensor in given]), float(activation.output[at]))


@written.register
def _(layer: Branches, own: nn.Module, activation: Activation, at: Place) -> str:
    """The same; of a concatenation, which of them the number is from."""
    if layer.merge != "concatenate":
        return _merged(layer, own, activation, at)
    axis, n = layer.dim - 1, at[layer.dim - 1]
    for number, tensor in enumerate(activation.inputs, 1):
        if n < tensor.shape[axis]:
            place = [*at[:axis], n, *at[axis + 1 :]]
            return f"f{number}{[one + 1 for one in place]} = {brief(float(activation.output[at]))}"
        n -= tensor.shape[axis]
    return ""


@written.register
def _(layer: GLU, own: nn.Module, activation: Activation, at: Place) -> str:
    """Half of the features, each times the sigmoid of its partner in the other half."""
    axis = 0 if activation.input.ndim != 2 else 1
    other = (*at[:axis], at[axis] + activation.output.shape[axis], *at[axis + 1 :])
    value, gate = float(activation.input[at]), float(activation.input[other])
    return stated(lambda n: f"{figures(value, n)} × σ({figures(gate, n)})", float(activation.output[at]))


@written.register
def _(layer: LayerScale, own: nn.Module, activation: Activation, at: Place) -> str:
    scale = own.get_parameter("weight").detach().expand(activation.input.shape)
    return stated(joined("×", [float(activation.input[at]), float(scale[at])]), float(activation.output[at]))
