"""A layer that torch makes of others, and a block of the app that does the same with them: it takes the memory of its parts."""

from __future__ import annotations

from functools import singledispatch

from builder.layers import Layer, Shape
from builder.layers.activations import GELU, ReLU
from builder.layers.attention import MultiheadAttention, TransformerEncoderLayer
from builder.layers.blocks import Block, Group, Residual
from builder.layers.linear import Linear
from builder.layers.normalization import LayerNorm
from builder.layers.regularization import Dropout
from builder.network.step import Step

ACTIVATIONS: dict[str, type[Layer]] = {"relu": ReLU, "gelu": GELU}


@singledispatch
def composed(layer: Layer, features: int) -> Block | None:
    """The layers that `layer`, with so many features, is made of; None if it is one piece."""
    return None


@composed.register
def _(layer: TransformerEncoderLayer, features: int) -> Block | None:
    """As in torch's `forward` in training."""
    dropout = {"p": layer.dropout}
    norms = [LayerNorm(name=f"norm{n}", bias=layer.bias) for n in (1, 2)]
    attention = MultiheadAttention.checked(
        {"name": "self_attn", "num_heads": layer.nhead, "bias": layer.bias, "dropout": layer.dropout}
    )
    forward = (
        Linear(name="linear1", out_features=layer.dim_feedforward, bias=layer.bias),
        ACTIVATIONS[layer.activation](name="activation"),
        Dropout(name="dropout", **dropout),
        Linear(name="linear2", out_features=features, bias=layer.bias),
        Dropout(name="dropout2", **dropout),
    )
    parts: list[Layer] = []
    for name, norm, body in zip("ab", norms, [(attention, Dropout(name="dropout1", **dropout)), forward], strict=True):
        if layer.norm_first:
            parts.append(Residual(name=name, layers=(norm, *body)))
        else:
            parts += [Residual(name=name, layers=body), norm]
    return Group(name=layer.name, layers=tuple(parts))


def step_of(layer: Layer, shape: Shape, *, frozen: bool) -> Step:
    """The step of a layer that stands in no plan and takes `shape`, with those of what is inside."""
    parts: list[Step] = []

    def each(part: Layer, shape: Shape) -> Shape:
        parts.append(step_of(part, shape, frozen=frozen))
        return parts[-1].output_shape

    if not isinstance(layer, Block):
        learned = layer.parameter_shapes(shape)
        return Step(layer.name, layer.name, layer, shape, layer.output_shape(shape), learned, (), frozen=frozen)
    after = layer.through(shape, each, lambda how, shapes: how.shape(shapes))
    return Step(layer.name, layer.name, layer, shape, after, {}, (), frozen=frozen, parts=tuple(parts))
