"""Attention and gates: numbers that decide how much other numbers count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from builder.core.messages import Message, counted
from builder.core.options import option
from builder.initializers import Default, DefaultProjection, Initializer, ProjectionInitializer, WeightInitializer
from builder.layers.base import MAX_SIZE, STEPS_FIRST, Layer, Learned
from builder.layers.shapes import Products, Shape, format_shape, numel
from builder.layers.signature import FromShape, Signature

HEADS = Message("How many times attention is paid at once, each with its part of the features.")
VASWANI = Message("Vaswani et al. 2017, “Attention is all you need”")


class _Heads(Learned):
    keeps = ()
    family = "attention"
    ranks = (2,)

    @property
    def heads(self) -> int:
        raise NotImplementedError

    def problem(self, shape: Shape) -> Message | None:
        if shape[1] % self.heads == 0:
            return None
        return Message("{heads} heads can't divide {features} features evenly.", heads=self.heads, features=shape[1])

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


def _attention_keeps(
    shape: Shape, heads: int, dropout: float, *, learns: bool, causal: bool = False
) -> tuple[int, int]:
    """What autograd keeps of attention: of each row, and of the batch.

    Queries, keys and values lie together. Without dropout torch keeps one number for each query and head (the logarithm of
    the sum of exponentials) and the weighted sums; with dropout the attention itself: the softmax, the mask, and both together.
    """
    length, numbers, square = shape[0], numel(shape), shape[0] ** 2
    a_row = 3 * numbers
    if dropout == 0:
        return a_row + numbers + heads * length, square if causal else 0
    a_row += 2 * numbers + (numbers if learns else 0)  # queries and keys, scaled, and the weighted sums
    return (a_row + 3 * heads * square, 0) if dropout < 1 else (a_row + 2 * heads * square, 1)


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

    def kept_beside(self, shape: Shape, graded: bool, learns: bool) -> tuple[int, int]:
        return _attention_keeps(shape, self.num_heads, self.dropout, learns=learns, causal=self.causal)

    def copies_kept(self, learns: bool) -> int:
        return 1 if learns else 0

    def order(self, order: tuple[int, ...]) -> tuple[int, ...]:
        return STEPS_FIRST

    def arithmetic(self, shape: Shape) -> Message:
        return _attention_arithmetic(shape[1], bias=self.bias)

    def in_words(self, shape: Shape) -> Message:
        return Message(
            "Projections of {features} features to queries, keys and values, and one of the output", features=shape[1]
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

    def kept(self, graded: bool) -> tuple[Literal["input", "output"], ...]:
        return ("input",) if self.norm_first else ()

    def kept_beside(self, shape: Shape, graded: bool, learns: bool) -> tuple[int, int]:
        numbers, inner = numel(shape), shape[0] * self.dim_feedforward
        a_row, a_batch = _attention_keeps(shape, self.nhead, self.dropout, learns=learns)
        a_row += (1 if self.norm_first else 2) * numbers + 4 * shape[0]  # what enters the norms; means and deviations
        a_row += inner  # before GELU, or after ReLU
        if learns:  # what enters the first Linear layer, and the attention if that is not the input itself
            a_row += (2 if self.norm_first else 1) * numbers
        if 0 < self.dropout < 1:
            a_row += 2 * numbers + inner  # the masks
        elif self.dropout == 1:
            a_batch += 3  # masks of a single zero
        if learns and (self.dropout or self.activation == "gelu"):
            a_row += inner  # what enters the second Linear layer
        return a_row, a_batch

    def copies_kept(self, learns: bool) -> int:
        return 1 if learns and not self.norm_first else 0

    def arithmetic(self, shape: Shape) -> Message:
        d, inner = shape[1], self.dim_feedforward
        attention = _attention_arithmetic(d, bias=self.bias)
        values: dict[str, Any] = {"attention": attention, "d": d, "inner": inner}
        if not self.bias:
            return Message("{attention} + 2 × {d} × {inner} weights + 2 norms × {d}", **values)
        return Message("{attention} + 2 × {d} × {inner} weights + {inner} + {d} biases + 2 norms × 2 × {d}", **values)

    def in_words(self, shape: Shape) -> Message:
        return counted(
            "Attention with {n} head, two Linear layers, two LayerNorms",
            "Attention with {n} heads, two Linear layers, two LayerNorms",
            n=self.nhead,
        )


def _halved_axis(shape: Shape) -> int:
    """Torch's number of the axis of the features: of images the channels, otherwise the last."""
    return 1 if len(shape) > 2 else len(shape)


class GLU(Layer):
    torch_class = "nn.GLU"
    signature = Signature(dim=FromShape(_halved_axis))
    family = "attention"
    label = Message("GLU (gated linear unit)")
    summary = Message("One half of the features decides how much of the other half passes (Dauphin et al. 2017).")
    formula = "a · sigmoid(b)"

    def problem(self, shape: Shape) -> Message | None:
        if shape[_halved_axis(shape) - 1] % 2 == 0:
            return None
        return Message(
            "GLU halves the features, so it needs an even number of them but receives {shape}.",
            shape=format_shape(shape),
        )

    def output_shape(self, shape: Shape) -> Shape:
        at = _halved_axis(shape) - 1
        return (*shape[:at], shape[at] // 2, *shape[at + 1 :])


def _attention_arithmetic(d: int, *, bias: bool) -> Message:
    if not bias:
        return Message("3 projections × {d} × {d} weights + {d} × {d} weights", d=d)
    return Message("3 projections × ({d} × {d} weights + {d} biases) + {d} × {d} weights + {d} biases", d=d)
