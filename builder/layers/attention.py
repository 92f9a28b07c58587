"""Attention and gates: numbers that decide how much other numbers count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from builder.core.messages import Message, counted
from builder.core.options import option
from builder.initializers import Default, DefaultProjection, Initializer, ProjectionInitializer, WeightInitializer
from builder.layers.base import MAX_SIZE, Layer, Learned
from builder.layers.shapes import Products, Shape, feature_axis, format_shape, parameter_term
from builder.layers.signature import FromShape, Signature

HEADS = Message("How many times attention is paid at once, each with its part of the features.")
VASWANI = Message("Vaswani et al. 2017, “Attention is all you need”")


class _Heads(Learned):
    family = "attention"
    ranks = (2,)

    @property
    def heads(self) -> int:
        raise NotImplementedError

    def problem(self, shape: Shape) -> Message | None:
        if shape[1] % self.heads == 0:
            return None
        return Message(
            "{heads} heads can't divide {features} evenly.",
            heads=self.heads,
            features=counted("{n} feature", "{n} features", n=shape[1]),
        )

    def _most_heads(self, shape: Shape) -> int:
        """The largest number of heads, no more than there are, that divides the features."""
        return next(n for n in range(self.heads, 0, -1) if shape[1] % n == 0)


def _attention_products(length: int, features: int) -> Products:
    """Queries, keys and values; their products with each other; the weighted sums; the projection of the output."""
    return (
        (3, length, features, features),
        (length, length, features),
        (length, length, features),
        (length, features, features),
    )


class MultiheadAttention(_Heads):
    kind = "MultiheadAttention"
    torch_class = "SelfAttention"
    signature = Signature(FromShape(1), "num_heads")
    label = Message("MultiheadAttention (self-attention)")
    summary = Message(
        "Each step asks all steps (query and key) and takes the weighted mean of their values: {source}.",
        source=VASWANI,
    )
    formula = "softmax(Q Kᵀ / √d) V"

    num_heads: int = option(1, Message("Heads"), HEADS, ge=1, le=MAX_SIZE)
    causal: bool = option(
        False, Message("Causal"), Message("Each step sees only those before it and itself, as in GPT.")
    )
    bias: bool = option(True, Message("Bias"), Message("A bias for each projection."))
    dropout: float = option(
        0.0, Message("Dropout"), Message("Probability of dropout on the attention, in training."), ge=0.0, le=1.0
    )
    weight_init: ProjectionInitializer = option(
        DefaultProjection(), Message("Input projections"), Message("How the weights start out.")
    )
    out_init: WeightInitializer = option(Default(), Message("Output projection"), Message("How the weights start out."))

    @classmethod
    def stem(cls) -> str:
        return "attention"

    @property
    def heads(self) -> int:
        return self.num_heads

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("num_heads", self._most_heads(shape))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        features = shape[1]
        named: dict[str, Shape] = {"in_proj_weight": (3 * features, features)}
        if self.bias:
            named["in_proj_bias"] = (3 * features,)
        named["out_proj.weight"] = (features, features)
        if self.bias:
            named["out_proj.bias"] = (features,)
        return named

    def initial(self) -> dict[str, Initializer]:
        return {"in_proj_weight": self.weight_init, "out_proj.weight": self.out_init}

    def reference(self, name: str, shapes: Mapping[str, Shape]) -> Shape:
        return shapes[name]

    def products(self, shape: Shape) -> Products:
        return _attention_products(*shape)

    def arithmetic(self, shape: Shape) -> Message:
        return _attention_arithmetic(shape[1], bias=self.bias)

    def in_words(self, shape: Shape) -> Message:
        return counted(
            "Projections of {n} feature to queries, keys and values, and one of the output",
            "Projections of {n} features to queries, keys and values, and one of the output",
            n=shape[1],
        )


class TransformerEncoderLayer(_Heads):
    torch_class = "nn.TransformerEncoderLayer"
    signature = Signature(FromShape(1), "nhead", batch_first=True)
    label = Message("TransformerEncoderLayer")
    summary = Message(
        "Self-attention and two Linear layers, each with its residual and its LayerNorm: {source}.", source=VASWANI
    )
    formula = "LayerNorm(x + f(LayerNorm(x + attention(x))))"

    nhead: int = option(1, Message("Heads"), HEADS, ge=1, le=MAX_SIZE)
    dim_feedforward: int = option(
        2048,
        Message("Inner neurons"),
        Message("How wide the inner Linear layer is (dim_feedforward)."),
        ge=1,
        le=MAX_SIZE,
    )
    dropout: float = option(0.1, Message("Dropout"), Message("Probability of dropout, in training."), ge=0.0, le=1.0)
    activation: Literal["relu", "gelu"] = option(
        "relu", Message("Activation"), Message("Between the two Linear layers.")
    )
    norm_first: bool = option(
        False, Message("Norm first"), Message("LayerNorm before attention and Linear layers, not after.")
    )
    bias: bool = option(True, Message("Bias"), Message("A bias in every Linear layer and LayerNorm."))

    @classmethod
    def stem(cls) -> str:
        return "encoder"

    @property
    def heads(self) -> int:
        return self.nhead

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("nhead", self._most_heads(shape))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        d, inner = shape[1], self.dim_feedforward
        named: dict[str, Shape] = {
            "self_attn.in_proj_weight": (3 * d, d),
            "self_attn.in_proj_bias": (3 * d,),
            "self_attn.out_proj.weight": (d, d),
            "self_attn.out_proj.bias": (d,),
            "linear1.weight": (inner, d),
            "linear1.bias": (inner,),
            "linear2.weight": (d, inner),
            "linear2.bias": (d,),
            "norm1.weight": (d,),
            "norm1.bias": (d,),
            "norm2.weight": (d,),
            "norm2.bias": (d,),
        }
        return {name: shape for name, shape in named.items() if self.bias or "bias" not in name}

    def products(self, shape: Shape) -> Products:
        inner = (*shape, self.dim_feedforward)
        return (*_attention_products(*shape), inner, inner)

    def arithmetic(self, shape: Shape) -> Message:
        d, inner = shape[1], self.dim_feedforward
        attention = _attention_arithmetic(d, bias=self.bias)
        values: dict[str, Any] = {"attention": attention, "d": d, "inner": inner}
        if not self.bias:
            return Message("{attention} + 2 × {d} × {inner} weights + 2 norms × {d}", **values)
        values |= {"first": parameter_term("bias", (inner,)), "second": parameter_term("bias", (d,))}
        return Message("{attention} + 2 × {d} × {inner} weights + {first} + {second} + 2 norms × 2 × {d}", **values)

    def in_words(self, shape: Shape) -> Message:
        return counted(
            "Attention with {n} head, two Linear layers, two LayerNorms",
            "Attention with {n} heads, two Linear layers, two LayerNorms",
            n=self.nhead,
        )


class GLU(Layer):
    torch_class = "nn.GLU"
    signature = Signature(dim=FromShape(feature_axis))
    family = "attention"
    label = Message("GLU (gated linear unit)")
    summary = Message("One half of the features decides how much of the other half passes (Dauphin et al. 2017).")
    formula = "a · sigmoid(b)"

    def problem(self, shape: Shape) -> Message | None:
        if shape[feature_axis(shape) - 1] % 2 == 0:
            return None
        return Message(
            "GLU halves the features, so it needs an even number of them but receives {shape}.",
            shape=format_shape(shape),
        )

    def output_shape(self, shape: Shape) -> Shape:
        at = feature_axis(shape) - 1
        return (*shape[:at], shape[at] // 2, *shape[at + 1 :])


def _attention_arithmetic(d: int, *, bias: bool) -> Message:
    weights, biases = parameter_term("weight", (d, d)), parameter_term("bias", (d,))
    if not bias:
        return Message("3 projections × {weights} + {weights}", weights=weights)
    return Message("3 projections × ({weights} + {biases}) + {weights} + {biases}", weights=weights, biases=biases)
