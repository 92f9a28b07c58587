"""Networks that several tests need: of every sort of input and block, and the simplest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from builder.core.messages import Message
from builder.layers import LAYERS, Layer, Shape
from builder.layers.blocks import Branches, Repeat, Residual
from builder.layers.linear import Linear
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features, Image, Input, Sequence, Tokens
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.strategies import usual_input


def made(kind: str, name: str, **options: Any) -> Layer:
    return LAYERS[kind](name=name, **options)


def opened(name: str) -> NetworkSpec:
    """The network of a file in `tests/cases`."""
    text = (Path(__file__).parent / "cases" / f"{name}.json").read_text(encoding="utf-8")
    return NetworkSpec.model_validate_json(json.dumps(json.loads(text)["network"]))


def experiment(given: Input, *layers: Layer, **batch: Any) -> Experiment:
    return Experiment(network=NetworkSpec(input=given, layers=layers), batch=Batch(**batch))


LOOKED_AT = {
    "cnn": experiment(
        Image(channels=1, height=8, width=8),
        made("Conv2d", "conv1", out_channels=4, padding=1),
        made("BatchNorm2d", "norm1"),
        made("ReLU", "relu1"),
        Residual(
            name="res1",
            layers=(made("Conv2d", "conv1", out_channels=4, same=True), made("GroupNorm", "n", num_groups=2)),
        ),
        Branches(
            name="both",
            layers=(
                made("Conv2d", "a", out_channels=4, kernel_size=1),
                made("MaxPool2d", "b", kernel_size=3, stride=1, padding=1),
            ),
        ),
        Repeat(name="rep", times=3, layers=(made("Conv2d", "conv1", out_channels=8, padding=1), made("ReLU", "relu1"))),
        made("MaxPool2d", "pool1"),
        made("AdaptiveAvgPool2d", "pool2", output_size=2),
        made("Flatten", "flat"),
        Linear(name="out", out_features=10),
        made("Softmax", "softmax1"),
        distribution="digits",
    ),
    "conv1d": experiment(
        Sequence(length=12, features=4),
        made("Transpose", "turn1"),
        made("Conv1d", "conv1", out_channels=6, dilation=2, groups=2),
        made("Tanh", "tanh1"),
        made("AvgPool1d", "pool1"),
        made("Transpose", "turn2"),
        Linear(name="out", out_features=3),
    ),
    "lstm": experiment(
        Tokens(length=6, vocabulary=30),
        made("Embedding", "emb", embedding_dim=8),
        made("LSTM", "lstm1", hidden_size=6, last=True),
        Linear(name="out", out_features=2),
        made("Softmax", "softmax1"),
    ),
    "attention": experiment(
        Tokens(length=6, vocabulary=30),
        made("Embedding", "emb", embedding_dim=8),
        made("LearnedPositions", "pos"),
        Residual(name="res1", layers=(made("LayerNorm", "norm1"), made("MultiheadAttention", "att", num_heads=2))),
        made("TransformerEncoderLayer", "enc", dim_feedforward=16),
        made("SequencePool", "pool1"),
        Linear(name="out", out_features=2),
    ),
    "volume": experiment(
        Image(channels=2, height=5, width=6, depth=4),
        made("Conv3d", "conv1", out_channels=3, padding=1, stride=2),
        made("ReLU", "relu1"),
    ),
    "gpt": experiment(
        Tokens(length=5, vocabulary=11),
        made("Embedding", "emb", embedding_dim=4),
        Repeat(
            name="blocks",
            times=2,
            layers=(
                Residual(name="r", layers=(made("MultiheadAttention", "att", causal=True),)),
                made("LayerNorm", "n"),
            ),
        ),
        made("TiedLinear", "head", out_features=11),
        made("Softmax", "softmax1"),
    ),
    "deep": experiment(
        Sequence(length=3, features=4),
        Repeat(name="rep", times=300, layers=(Residual(name="r", layers=(Linear(name="a", out_features=4),)),)),
    ),
    "many copies": experiment(
        Features(in_features=4),
        Repeat(
            name="tower",
            times=20,
            layers=(Residual(name="res1", layers=(Linear(name="linear1", out_features=4), made("ReLU", "relu1"))),),
        ),
    ),
    "gru": experiment(
        Sequence(length=9, features=4), made("GELU", "gelu1"), made("GRU", "gru1", bidirectional=True), rows=3
    ),
    "pixels": experiment(
        Image(height=6, width=6),
        made("Conv2d", "conv1", out_channels=4),
        made("PixelShuffle", "up"),
        made("Softmax", "softmax1"),
        rows=3,
    ),
}

PUBLISHED = {key: PRESETS[key].experiment for key in ("lenet5", "unet", "encoder", "gpt3", "resnet18")}
DEAD = {
    "no layer": experiment(Tokens()),
    "a problem in a block": experiment(
        Image(height=6, width=6), Residual(name="res1", layers=(made("Conv2d", "conv1"),)), Linear(name="out")
    ),
    "too many copies": experiment(
        Features(in_features=4),
        Repeat(
            name="tower",
            layers=(Linear(name="linear1", out_features=4), *(made("ReLU", f"relu{n}") for n in range(8))),
            times=900,
        ),
    ),
}
EVERY_SORT = LOOKED_AT | PUBLISHED | DEAD


def of_every_kind() -> list[NetworkSpec]:
    """Networks that together have a layer of every kind: in each as many kinds, one behind the other, as take what comes."""
    table = made("Embedding", "table")
    found = [NetworkSpec(input=Tokens(vocabulary=1), layers=(table, made("TiedLinear", "head")))]
    waiting = [kind for kind in LAYERS.values() if kind.kind != "TiedLinear"]
    while waiting:
        network = NetworkSpec(input=usual_input(waiting[0]), layers=())
        for kind in list(waiting):
            inside = {"layers": (made("ReLU", "relu1"),)} if kind.family == "block" else {}
            longer = network.with_layers((*network.layers, made(kind.kind, f"layer{len(network.layers)}", **inside)))
            if make_plan(longer).problem is None:
                network = longer
                waiting.remove(kind)
        found.append(network)
    return found


def wrong(looked: Experiment) -> Experiment:
    """The same with a layer at its end that does not fit: where the first of the two does, the second has no words."""
    return looked.with_network(
        looked.network.with_layers((*looked.network.layers, made("Embedding", "wrong1"), made("Embedding", "wrong2")))
    )


def dense(*sizes: int) -> NetworkSpec:
    """Linear layers one behind the other, with what goes into the first and what comes out of each."""
    layers = tuple(Linear(name=f"linear{n}", out_features=size) for n, size in enumerate(sizes[1:], 1))
    return NetworkSpec(input=Features(in_features=sizes[0]), layers=layers)


class Picky(Layer):
    """Takes no flat vector: stands for a layer that does not fit."""

    kind = "Picky"
    family = "shape"

    def problem(self, shape: Shape) -> Message:
        return Message("no")
