"""Small networks of depthwise convolutions, some of which weigh their channels: MobileNetV3, EfficientNet, ShuffleNetV2, SENet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from builder.layers import Layer
from builder.layers.activations import Hardsigmoid, Hardswish, ReLU, Sigmoid, SiLU
from builder.layers.arranging import ChannelShuffle, Chunk
from builder.layers.blocks import Branches, Group, Repeat, Residual, Shortcut
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm2d
from builder.layers.pooling import AdaptiveAvgPool2d, MaxPool2d
from builder.layers.regularization import Dropout, StochasticDepth
from builder.layers.shape import Flatten, Identity
from builder.network.inputs import Image
from builder.network.spec import NetworkSpec
from builder.zoo.literature.parts import CLASSES, IMAGENET, conv, network, numbered


def _conv_norm(
    filters: int, kernel: int, norm: Layer, activation: Layer | None = None, **options: Any
) -> tuple[Layer, ...]:
    """A convolution that keeps the size but for its stride, with its BatchNorm and what comes behind."""
    made = conv(filters, kernel, padding=kernel // 2, bias=False, **options)
    return (made, norm, *((activation,) if activation else ()))


def weighed(channels: int, squeezed: int, inner: Layer, gate: Layer) -> Branches:
    """Hu et al. 2018, “Squeeze-and-excitation networks”: each channel times a number made of the means of all."""
    way = numbered(AdaptiveAvgPool2d(name="avgpool"), conv(squeezed, 1), inner, conv(channels, 1), gate)
    return Branches(name="se", merge="product", layers=(Identity(name="x"), Group(name="gate", layers=way)))


def _head(features: int, classes: int = CLASSES) -> tuple[Layer, ...]:
    return (AdaptiveAvgPool2d(name="avgpool"), Flatten(name="flatten1"), *_classifier(features, classes))


def _classifier(features: int, classes: int) -> tuple[Layer, ...]:
    inner = (Linear(name="linear1", out_features=features), Hardswish(name="hardswish1")) if features else ()
    return (*inner, Dropout(name="dropout1", p=0.2), Linear(name="classifier", out_features=classes))


V3 = [  # kernel, inner channels, channels, does it weigh channels, has it Hardswish, stride
    (3, 16, 16, False, False, 1), (3, 64, 24, False, False, 2), (3, 72, 24, False, False, 1), (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1), (5, 120, 40, True, False, 1), (3, 240, 80, False, True, 2), (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1), (3, 184, 80, False, True, 1), (3, 480, 112, True, True, 1), (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2), (5, 960, 160, True, True, 1), (5, 960, 160, True, True, 1),
]  # fmt: skip


def mobilenet_v3_large() -> NetworkSpec:
    """Howard et al. 2019, “Searching for MobileNetV3”, the large one."""
    norm, hard = BatchNorm2d(name="norm", eps=1e-3, momentum=0.01), Hardswish(name="act")
    channels, blocks = 16, list[Layer]()
    for kernel, wide, filters, weighs, smooth, stride in V3:
        act = hard if smooth else ReLU(name="act")
        body = [
            *(_conv_norm(wide, 1, norm, act) if wide != channels else ()),
            *_conv_norm(wide, kernel, norm, act, stride=stride, groups=wide),
            *([weighed(wide, _eights(wide / 4), ReLU(name="relu"), Hardsigmoid(name="gate"))] if weighs else []),
            *_conv_norm(filters, 1, norm),
        ]
        kind = Residual if stride == 1 and channels == filters else Group
        blocks.append(kind(name="block", layers=numbered(*body)))
        channels = filters
    return network(
        IMAGENET,
        Group(name="stem", layers=numbered(*_conv_norm(16, 3, norm, hard, stride=2))),
        *_stages(blocks, [i for i, (*_, stride) in enumerate(V3) if stride == 2]),
        Group(name="head", layers=numbered(*_conv_norm(960, 1, norm, hard))),
        *_head(1280),
    )


def _eights(size: float) -> int:
    """The multiple of 8 next to `size`, no less than nine tenths of it."""
    near = max(8, int(size + 4) // 8 * 8)
    return near + 8 if near < 0.9 * size else near


def _stages(blocks: Sequence[Layer], starts: Sequence[int]) -> list[Layer]:
    """The blocks in groups, of which each but the first begins at one of `starts`."""
    places = [0, *starts, len(blocks)]
    parts = [blocks[a:b] for a, b in pairwise(places)]
    return [Group(name=f"stage{n}", layers=numbered(*part)) for n, part in enumerate(parts, 1)]


B0 = [  # expansion, kernel, stride, channels, blocks
    (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
]  # fmt: skip
B0_BLOCKS = 16


def efficientnet_b0() -> NetworkSpec:
    """Tan & Le 2019, “EfficientNet: rethinking model scaling”."""
    norm, silu = BatchNorm2d(name="norm"), SiLU(name="silu")
    channels, number, stages = 32, 0, list[Layer]()
    for expansion, kernel, stride, filters, count in B0:
        blocks: list[Layer] = []
        for step in [stride] + [1] * (count - 1):
            wide = channels * expansion
            body = [
                *(_conv_norm(wide, 1, norm, silu) if expansion > 1 else ()),
                *_conv_norm(wide, kernel, norm, silu, stride=step, groups=wide),
                weighed(wide, channels // 4, SiLU(name="silu"), Sigmoid(name="gate")),
                *_conv_norm(filters, 1, norm),
            ]
            same = step == 1 and channels == filters
            drop = [StochasticDepth(name="depth", p=0.2 * number / B0_BLOCKS)] if same else []
            blocks.append((Residual if same else Group)(name="block", layers=numbered(*body, *drop)))
            channels, number = filters, number + 1
        stages.append(Group(name=f"stage{len(stages) + 1}", layers=numbered(*blocks)))
    return network(
        IMAGENET,
        Group(name="stem", layers=numbered(*_conv_norm(32, 3, norm, silu, stride=2))),
        *stages,
        Group(name="head", layers=numbered(*_conv_norm(1280, 1, norm, silu))),
        *_head(0),
    )


def shufflenet_v2() -> NetworkSpec:
    """Ma et al. 2018, “ShuffleNet V2”, × 1.0: half of the channels pass, and then all are dealt out anew."""
    norm, relu = BatchNorm2d(name="norm"), ReLU(name="relu")
    stages: list[Layer] = []
    for number, (filters, more) in enumerate(((116, 3), (232, 7), (464, 3)), 2):
        half, before = filters // 2, 24 if number == 2 else filters // 2
        through = (
            *_conv_norm(half, 1, norm, relu),
            *_conv_norm(half, 3, norm, groups=half),
            *_conv_norm(half, 1, norm, relu),
        )
        beside = (*_conv_norm(before, 3, norm, stride=2, groups=before), *_conv_norm(half, 1, norm, relu))
        down = tuple(layer.with_option("stride", 2) if getattr(layer, "groups", 1) > 1 else layer for layer in through)
        halves = [Chunk(name="kept"), Chunk(name="worked", index=1)]
        first = _both(
            "down", Group(name="beside", layers=numbered(*beside)), Group(name="through", layers=numbered(*down))
        )
        rest = _both("unit", halves[0], Group(name="through", layers=(halves[1], *numbered(*through))))
        shuffle = ChannelShuffle(name="shuffle")
        repeat = Repeat(name="more", times=more, layers=(rest, shuffle))
        stages.append(Group(name=f"stage{number}", layers=(first, shuffle, repeat)))
    return network(
        IMAGENET,
        Group(name="stem", layers=numbered(*_conv_norm(24, 3, norm, relu, stride=2))),
        MaxPool2d(name="maxpool", kernel_size=3, stride=2, padding=1),
        *stages,
        Group(name="head", layers=numbered(*_conv_norm(1024, 1, norm, relu))),
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten1"),
        Linear(name="fc", out_features=CLASSES),
    )


def _both(name: str, one: Layer, other: Layer) -> Branches:
    return Branches(name=name, layers=(one, other))


def senet18() -> NetworkSpec:
    """Hu et al. 2018, “Squeeze-and-excitation networks”: a ResNet-18 for 32 × 32 pixels that normalizes first and weighs channels."""
    norm, relu = BatchNorm2d(name="norm"), ReLU(name="relu")
    stages: list[Layer] = []
    for number, filters in enumerate((64, 128, 256, 512), 1):
        stride = 1 if number == 1 else 2
        se = weighed(filters, filters // 16, ReLU(name="relu"), Sigmoid(name="gate"))
        second = (norm, relu, conv(filters, padding=1, bias=False), se)
        same = Residual(name="block", layers=numbered(norm, relu, conv(filters, padding=1, bias=False), *second))
        way = Shortcut(name="shortcut", layers=(conv(filters, 1, stride=stride, bias=False),))
        body = numbered(conv(filters, stride=stride, padding=1, bias=False), *second)
        down = Group(name="block", layers=(norm, relu, Residual(name="residual", layers=(*body, way))))
        stages.append(Group(name=f"stage{number}", layers=numbered(same if number == 1 else down, same)))
    return network(
        Image(channels=3, height=32, width=32),
        *numbered(conv(64, padding=1, bias=False), norm, relu),
        *stages,
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten1"),
        Linear(name="linear", out_features=10),
    )
