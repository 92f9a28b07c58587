"""Every page opens on networks of every kind of input, with blocks, with a problem, and on those too large to live."""

from __future__ import annotations

from typing import Any

import pytest

from builder.layers import LAYERS, Layer
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features, Image, Input, Sequence, Tokens
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.zoo.presets import PRESETS
from tests.app.driver import opened, text

PAGES: dict[str, list[dict[str, str]]] = {
    "build": [
        {},
        {"view": "macs"},
        {"view": "memory"},
        {"view": "memory", "numbers": "int8"},
        {"view": "memory", "numbers": "x", "optimiser": "<b>"},
        {"view": "module"},
        {"view": "summary"},
        {"view": "code"},
        {"drawing": "neurons"},
    ],
    "forward": [{}],
    "initialise": [{"look": "weights"}, {"look": "signals"}, {"look": "compare"}],
}


def layer(kind: str, name: str, *inner: Layer, **options: Any) -> Layer:
    return LAYERS[kind].checked({"name": name, **options} | ({"layers": inner} if inner else {}))


def network(given: Input, *layers: Layer) -> NetworkSpec:
    return NetworkSpec(input=given, layers=layers)


RESIDUAL = layer("Residual", "res1", layer("Conv2d", "conv1", out_channels=4, padding=1), layer("BatchNorm2d", "bn1"))
NETWORKS: dict[str, NetworkSpec] = {
    "cnn": network(
        Image(height=8, width=8),
        layer("Conv2d", "conv1", out_channels=4, same=True),
        layer("Repeat", "tower", RESIDUAL, layer("ReLU", "relu1"), times=2),
        layer(
            "Branches",
            "ways",
            layer("Conv2d", "a", out_channels=3, kernel_size=1),
            layer("MaxPool2d", "b", kernel_size=3, stride=1, padding=1),
        ),
        layer("AdaptiveAvgPool2d", "pool"),
        layer("Flatten", "flatten1"),
        layer("Linear", "out", out_features=10),
        layer("Softmax", "softmax1"),
    ),
    "sequence": network(
        Sequence(length=9, features=4),
        layer("Transpose", "transpose1"),
        layer("Conv1d", "conv1", out_channels=5),
        layer("BatchNorm1d", "bn1"),
        layer("GELU", "gelu1"),
        layer("Transpose", "transpose2"),
        layer("GRU", "gru1", bidirectional=True),
    ),
    "tokens": network(
        Tokens(length=6, vocabulary=20),
        layer("Embedding", "table", embedding_dim=8),
        layer("LearnedPositions", "positions"),
        layer(
            "Repeat",
            "tower",
            layer(
                "Residual",
                "res1",
                layer("LayerNorm", "norm1"),
                layer("MultiheadAttention", "mha", num_heads=2, causal=True),
            ),
        ),
        layer("TiedLinear", "head", out_features=20),
    ),
    "volume": network(
        Image(depth=4, height=6, width=6),
        layer("Conv3d", "conv1", out_channels=2),
        layer("Flatten", "flatten1"),
        layer("Linear", "out", out_features=2),
    ),
    "pixels": network(
        Image(height=6, width=6),
        layer("Conv2d", "conv1", out_channels=4),
        layer("PixelShuffle", "up"),
        layer("Softmax", "softmax1"),
    ),
    "problem": network(
        Image(height=6, width=6), layer("Residual", "res1", layer("Conv2d", "conv1")), layer("Linear", "out")
    ),
    "no layer": network(Tokens()),
    "many copies": network(
        Features(in_features=4),
        layer(
            "Repeat",
            "tower",
            layer("Residual", "res1", layer("Linear", "linear1", out_features=4), layer("ReLU", "relu1")),
            times=300,
        ),
    ),
    "too many copies": network(
        Features(in_features=4), layer("Repeat", "tower", *(layer("ReLU", f"relu{n}") for n in range(9)), times=900)
    ),
}
NETWORKS |= {key: PRESETS[key].experiment.network for key in ("lenet5", "unet", "lstm", "encoder", "gpt3", "resnet18")}


@pytest.mark.parametrize("where", PAGES)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_page_stands(name: str, where: str) -> None:
    language = "en" if len(name) % 2 else "zh"
    experiment = Experiment(network=NETWORKS[name], batch=Batch(rows=3))
    first = next(iter(experiment.network.paths), "")
    for views in PAGES[where]:
        shown = opened(experiment, where, at=first, lang=language, **views)
        assert text(shown)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_fits_is_counted(name: str) -> None:
    plan = make_plan(NETWORKS[name])
    assert f"{plan.count:,}" in text(opened(Experiment(network=NETWORKS[name], batch=Batch(rows=1))))
