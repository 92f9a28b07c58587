"""What the networks of several papers are put together from."""

from __future__ import annotations

from typing import Any

from builder.layers import Layer
from builder.layers.convolution import Conv2d
from builder.layers.linear import Linear
from builder.network.inputs import Image, Input
from builder.network.spec import NetworkSpec

IMAGENET = Image(channels=3, height=224, width=224)
CLASSES = 1000  # of ImageNet


def network(given: Input, *layers: Layer) -> NetworkSpec:
    return NetworkSpec(input=given, layers=layers)


def numbered(*layers: Layer) -> tuple[Layer, ...]:
    """The same with a number behind each name that several have: conv, relu, conv → conv1, relu1, conv2."""
    seen: dict[str, int] = {}
    made: list[Layer] = []
    for layer in layers:
        seen[layer.name] = seen.get(layer.name, 0) + 1
        made.append(layer.model_copy(update={"name": f"{layer.name}{seen[layer.name]}"}))
    return tuple(made)


def conv(filters: int, kernel: int = 3, **options: Any) -> Conv2d:
    return Conv2d(name="conv", out_channels=filters, kernel_size=kernel, **options)


def linear(neurons: int) -> Linear:
    return Linear(name="linear", out_features=neurons)
