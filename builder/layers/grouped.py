"""Attention as large language models have it: heads of any size, several of them to one of keys and values, and rotary positions."""

from __future__ import annotations

from collections.abc import Mapping

from builder.core.messages import Message
from builder.core.options import option
from builder.initializers import Default, Initializer, WeightInitializer
from builder.layers.base import MAX_SIZE, Layer, Learned
from builder.layers.shapes import Products, Shape
from builder.layers.signature import FromShape, Signature

STARTS = Message("How the weights start out.")
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj")


class GroupedQueryAttention(Learned):
    kind = "GroupedQueryAttention"
    torch_class = "GroupedQueryAttention"
    signature = Signature(FromShape(1), "num_heads", "num_kv_heads", "head_dim")
    ranks = (2,)
    family = "attention"
    label = Message("GroupedQueryAttention (heads of any size, rotary positions)")
    summary = Message(
        "Self-attention whose heads may be of any size, and in which several heads of queries share one of keys and values "
        "(Ainslie et al. 2023, “GQA”); with rotary positions the angle between a query and a key says how far apart they are "
        "(Su et al. 2021, “RoFormer”)."
    )
    formula = "softmax(Q Kᵀ / √d) V"

    num_heads: int = option(
        1, Message("Heads of queries"), Message("How many there are (num_heads)."), ge=1, le=MAX_SIZE
    )
    num_kv_heads: int = option(
        1,
        Message("Heads of keys and values"),
        Message("How many there are (num_kv_heads); each serves as many heads of queries."),
        ge=1,
        le=MAX_SIZE,
    )
    head_dim: int = option(
        8,
        Message("Head size"),
        Message("How many numbers a head has; heads × size need not be the width."),
        ge=1,
        le=MAX_SIZE,
    )
    causal: bool = option(
        False, Message("Causal"), Message("Each step sees only those before it and itself, as in GPT.")
    )
    rotary: bool = option(
        False, Message("Rotary positions"), Message("Turn queries and keys by angles that grow with their place.")
    )
    theta: float = option(
        10_000.0, Message("Base (theta)"), Message("The larger, the longer the waves of rotary positions."), ge=1.0
    )
    bias: bool = option(False, Message("Bias"), Message("A bias for each projection."))
    weight_init: WeightInitializer = option(Default(), Message("Weights"), STARTS)

    @classmethod
    def stem(cls) -> str:
        return "attention"

    def problem(self, shape: Shape) -> Message | None:
        if self.num_heads % self.num_kv_heads:
            return Message(
                "{n} heads of queries can't share {shared} heads of keys and values evenly.",
                n=self.num_heads,
                shared=self.num_kv_heads,
            )
        if self.rotary and self.head_dim % 2:
            return Message(
                "Rotary positions turn pairs of numbers, so a head needs an even size; it is {n}.", n=self.head_dim
            )
        return None

    def mended(self, shape: Shape) -> Layer | None:
        if self.num_heads % self.num_kv_heads == 0:
            return self.with_option("head_dim", self.head_dim + 1)
        shared = next(n for n in range(min(self.num_heads, self.num_kv_heads), 0, -1) if self.num_heads % n == 0)
        even = self.head_dim + (self.head_dim % 2 if self.rotary else 0)
        return type(self).checked(dict(self) | {"num_kv_heads": shared, "head_dim": even})

    def _outputs(self, shape: Shape) -> dict[str, tuple[int, int]]:
        """Of each projection, how many numbers come out and go in."""
        queries, keys = self.num_heads * self.head_dim, self.num_kv_heads * self.head_dim
        sizes = ((queries, shape[1]), (keys, shape[1]), (keys, shape[1]), (shape[1], queries))
        return dict(zip(PROJECTIONS, sizes, strict=True))

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        named: dict[str, Shape] = {}
        for name, (rows, columns) in self._outputs(shape).items():
            named[f"{name}.weight"] = (rows, columns)
            if self.bias:
                named[f"{name}.bias"] = (rows,)
        return named

    def initial(self) -> dict[str, Initializer]:
        return {f"{name}.weight": self.weight_init for name in PROJECTIONS}

    def reference(self, name: str, shapes: Mapping[str, Shape]) -> Shape:
        return shapes[name]

    def products(self, shape: Shape) -> Products:
        scores = (self.num_heads, shape[0], shape[0], self.head_dim)
        return (*((shape[0], rows, columns) for rows, columns in self._outputs(shape).values()), scores, scores)

    def in_words(self, shape: Shape) -> Message:
        return Message(
            "Queries {heads} × {size}, keys and values {shared} × {size} each, from a width of {features} and back to it",
            features=shape[1], heads=self.num_heads, shared=self.num_kv_heads, size=self.head_dim,
        )  # fmt: skip
