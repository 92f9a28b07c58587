"""Fully connected layers: every output is a weighted sum of all inputs."""

from __future__ import annotations

from collections.abc import Mapping

from builder.core.messages import Message, counted
from builder.core.options import option
from builder.initializers import BiasInitializer, Default, Initializer, WeightInitializer
from builder.layers.base import MAX_SIZE, Learned
from builder.layers.shapes import Products, Shape, format_shape
from builder.layers.signature import FromShape, Signature


class Linear(Learned):
    torch_class = "nn.Linear"
    signature = Signature(FromShape(-1), "out_features")
    ranks = (1, 2)
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

    def about_rank(self, shape: Shape) -> Message:
        return Message(
            "Linear needs a flat vector but receives {shape}. Add a Flatten layer before it.", shape=format_shape(shape)
        )

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.out_features)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        bias = {"bias": (self.out_features,)} if self.bias else {}
        return {"weight": (self.out_features, shape[-1]), **bias}

    def initial(self) -> dict[str, Initializer]:
        return {"weight": self.weight_init} | ({"bias": self.bias_init} if self.bias else {})

    def products(self, shape: Shape) -> Products:
        return ((*shape, self.out_features),)

    def in_words(self, shape: Shape) -> Message:
        neurons = counted("{n} neuron", "{n} neurons", n=self.out_features)
        weights = counted("{n} weight", "{n} weights", n=shape[-1])
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


class TiedLinear(Learned):
    kind = "TiedLinear"
    torch_class = "nn.Linear"
    signature = Signature(FromShape(-1), "out_features", bias="bias")
    ranks = (1, 2)
    family = "dense"
    label = Message("Linear with the Embedding's weight (tied)")
    summary = Message(
        "Scores every word of the vocabulary with the very vector that the Embedding has for it: one weight, used twice "
        "(Press & Wolf 2017, “Using the output embedding to improve language models”)."
    )
    formula = "y = x Eᵀ"

    out_features: int = option(
        1, Message("Words"), Message("As many as the vocabulary has (out_features)."), ge=1, le=MAX_SIZE
    )
    bias: bool = option(False, Message("Bias"), Message("One more number a word, added to its score."), later=True)
    bias_init: BiasInitializer = option(Default(), Message("Biases"), Message("How the biases start out."), later=True)
    trainable: bool = option(
        True, Message("Trainable"), Message("Off: frozen, training leaves the parameters as they are."), later=True
    )

    @classmethod
    def stem(cls) -> str:
        return "head"

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.out_features)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"bias": (self.out_features,)} if self.bias else {}

    def initial(self) -> dict[str, Initializer]:
        return {"bias": self.bias_init} if self.bias else {}

    def shared_shapes(self, shape: Shape) -> Mapping[str, Shape]:
        return {"weight": (self.out_features, shape[-1])}

    def products(self, shape: Shape) -> Products:
        return ((*shape, self.out_features),)

    def in_words(self, shape: Shape) -> Message:
        weights = format_shape((self.out_features, shape[-1]))
        if self.bias:
            return counted(
                "{n} bias of its own; what it weighs with, {weights}, is that of the Embedding, counted there",
                "{n} biases of its own; what it weighs with, {weights}, is that of the Embedding, counted there",
                n=self.out_features,
                weights=weights,
            )
        return counted(
            "None of its own: its {weights} weight is that of the Embedding, counted there",
            "None of its own: its {weights} weights are those of the Embedding, counted there",
            n=self.out_features * shape[-1],
            weights=weights,
        )
