"""The networks to start from: each is one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder.experiment import Experiment
from builder.initializers import Initializer, KaimingNormal, XavierUniform
from builder.inputs import Features
from builder.layers import Layer
from builder.layers.activations import ReLU, Sigmoid
from builder.layers.linear import Linear
from builder.layers.output import Softmax
from builder.messages import Message
from builder.spec import NetworkSpec


@dataclass(frozen=True)
class Preset:
    """A network to start from, with the sentence that says what it is for."""

    label: Message
    purpose: Message
    experiment: Experiment


def _network(in_features: int, *layers: Layer) -> Experiment:
    return Experiment(network=NetworkSpec(input=Features(in_features=in_features), layers=layers))


def _deep(activation: type[Layer], weights: Initializer, depth: int = 10, width: int = 8) -> Experiment:
    """`depth` hidden layers of `width` neurons, each with its activation."""
    hidden: list[Layer] = []
    for n in range(1, depth + 1):
        hidden.append(Linear(name=f"linear{n}", out_features=width, weight_init=weights))
        hidden.append(activation(name=f"{activation.kind.lower()}{n}"))
    return _network(width, *hidden, Linear(name="out", out_features=2), Softmax(name="softmax1"))


PRESETS: Mapping[str, Preset] = {
    "tutorial": Preset(
        Message("Tutorial network"),
        Message("3 inputs, two hidden layers, two classes: small enough to count by hand."),
        _network(
            3,
            Linear(name="linear1", out_features=3, weight_init=XavierUniform()),
            Sigmoid(name="sigmoid1"),
            Linear(name="linear2", out_features=2, weight_init=KaimingNormal()),
            ReLU(name="relu1"),
            Linear(name="out", out_features=2),
            Softmax(name="softmax1"),
        ),
    ),
    "perceptron": Preset(
        Message("Single perceptron"),
        Message("One neuron with two inputs: the oldest network there is."),
        _network(2, Linear(name="linear1", out_features=1), Sigmoid(name="sigmoid1")),
    ),
    "xor": Preset(
        Message("XOR net"),
        Message("The smallest hidden layer that can tell “one of the two” from “both or none”."),
        _network(
            2,
            Linear(name="linear1", out_features=2, weight_init=XavierUniform()),
            Sigmoid(name="sigmoid1"),
            Linear(name="out", out_features=2, weight_init=XavierUniform()),
            Softmax(name="softmax1"),
        ),
    ),
    "mnist": Preset(
        Message("MNIST MLP"),
        Message("784-512-256-10: reads handwritten digits of 28 × 28 pixels."),
        _network(
            784,
            Linear(name="linear1", out_features=512, weight_init=KaimingNormal()),
            ReLU(name="relu1"),
            Linear(name="linear2", out_features=256, weight_init=KaimingNormal()),
            ReLU(name="relu2"),
            Linear(name="out", out_features=10),
            Softmax(name="softmax1"),
        ),
    ),
    "deep_sigmoid": Preset(
        Message("Deep narrow sigmoid net"),
        Message("Ten sigmoid layers: watch the signal die, all rows come out alike."),
        _deep(Sigmoid, XavierUniform()),
    ),
    "deep_relu": Preset(
        Message("Deep ReLU net"),
        Message("Ten ReLU layers with He weights: the signal lives to the end."),
        _deep(ReLU, KaimingNormal()),
    ),
    "blank": Preset(Message("New (blank)"), Message("3 inputs and nothing else: build it yourself."), _network(3)),
}
