"""The fully connected layer."""

from __future__ import annotations

from typing import Any

from builder.initializers import BiasInitializer, Default, Initializer, WeightInitializer
from builder.layers.base import MAX_SIZE, Learned, Shape
from builder.messages import Message, counted
from builder.options import option


class Linear(Learned):
    torch_class = "nn.Linear"
    common = True
    family = "dense"
    label = Message("Linear (dense, fully connected)")
    summary = Message("Every neuron weighs every input, adds them up and adds its bias.")
    formula = "y = x Wᵀ + b"

    out_features: int = option(
        1, Message("Neurons"), Message("How many numbers the layer gives (out_features)."), ge=1, le=MAX_SIZE
    )
    bias: bool = option(True, Message("Bias"), Message("One more number a neuron, added to its sum."))
    weight_init: WeightInitializer = option(Default(), Message("Weights"), Message("How the weights start out."))
    bias_init: BiasInitializer = option(Default(), Message("Biases"), Message("How the biases start out."))

    def problem(self, shape: Shape) -> Message | None:
        if len(shape) == 1:
            return None
        shown = " × ".join(map(str, shape))
        return Message("Linear needs a flat vector but receives {shape}. Add a Flatten layer before it.", shape=shown)

    def positional(self, shape: Shape) -> tuple[int | float, ...]:
        return (shape[0], self.out_features)

    def keywords(self, shape: Shape) -> dict[str, Any]:
        return self.changed("trainable", "out_features", "weight_init", "bias_init")

    def output_shape(self, shape: Shape) -> Shape:
        return (self.out_features,)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        bias = {"bias": (self.out_features,)} if self.bias else {}
        return {"weight": (self.out_features, *shape), **bias}

    def initial(self) -> dict[str, Initializer]:
        return {"weight": self.weight_init} | ({"bias": self.bias_init} if self.bias else {})

    def macs(self, shape: Shape) -> int:
        return shape[0] * self.out_features

    def in_words(self, shape: Shape) -> Message:
        neurons = counted("{n} neuron", "{n} neurons", n=self.out_features)
        weights = counted("{n} weight", "{n} weights", n=shape[0])
        if not self.bias:
            return counted(
                "{neurons} with {weights}",
                "{neurons} with {weights} each",
                n=self.out_features,
                neurons=neurons,
                weights=weights,
            )
        return counted(
            "{neurons} with {weights} and 1 bias",
            "{neurons} with {weights} and 1 bias each",
            n=self.out_features,
            neurons=neurons,
            weights=weights,
        )
