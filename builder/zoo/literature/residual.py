"""Convolutions with a way past them: ResNet and MobileNetV2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builder.layers import Layer
from builder.layers.activations import ReLU, ReLU6
from builder.layers.blocks import Block, Group, Repeat, Residual, Shortcut
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm2d
from builder.layers.pooling import AdaptiveAvgPool2d, MaxPool2d
from builder.layers.regularization import Dropout
from builder.layers.shape import Flatten
from builder.network.spec import NetworkSpec
from builder.zoo.literature.parts import CLASSES, IMAGENET, conv, network, numbered


def resnet18() -> NetworkSpec:
    """He et al. 2016, “Deep residual learning for image recognition”: blocks of two convolutions."""
    return _resnet(_basic, [(64, 2), (128, 2), (256, 2), (512, 2)], widening=1)


def resnet50() -> NetworkSpec:
    """The same paper: blocks of three convolutions, the middle one narrow; the stride is in the middle, as in torchvision."""
    return _resnet(_bottleneck, [(64, 3), (128, 4), (256, 6), (512, 3)], widening=4)


def _resnet(body: Any, stages: Sequence[tuple[int, int]], widening: int) -> NetworkSpec:
    layers: list[Layer] = []
    for number, (width, blocks) in enumerate(stages, 1):
        stride = 1 if number == 1 else 2
        rest = _more(blocks - 1, _residual(body(width, 1), ()))
        first: tuple[Layer, ...] = ()
        if stride > 1 or widening > 1:
            shortcut = numbered(conv(widening * width, 1, stride=stride, bias=False), BatchNorm2d(name="norm"))
            first = _residual(body(width, stride), (Shortcut(name="shortcut", layers=shortcut),))
        else:
            rest = _more(blocks, _residual(body(width, 1), ()))
        layers.append(Group(name=f"layer{number}", layers=(*first, rest)))
    return network(
        IMAGENET,
        *numbered(conv(64, 7, stride=2, padding=3, bias=False), BatchNorm2d(name="norm"), ReLU(name="relu")),
        MaxPool2d(name="maxpool", kernel_size=3, stride=2, padding=1),
        *layers,
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten1"),
        Linear(name="fc", out_features=CLASSES),
    )


def _residual(body: tuple[Layer, ...], shortcut: tuple[Shortcut, ...]) -> tuple[Layer, ...]:
    return (Residual(name="residual1", layers=(*numbered(*body), *shortcut)), ReLU(name="relu1"))


def _basic(width: int, stride: int) -> tuple[Layer, ...]:
    norm = BatchNorm2d(name="norm")
    return (
        conv(width, stride=stride, padding=1, bias=False), norm, ReLU(name="relu"), conv(width, padding=1, bias=False), norm,
    )  # fmt: skip


def _bottleneck(width: int, stride: int) -> tuple[Layer, ...]:
    norm, relu = BatchNorm2d(name="norm"), ReLU(name="relu")
    return (
        conv(width, 1, bias=False), norm, relu,
        conv(width, stride=stride, padding=1, bias=False), norm, relu,
        conv(4 * width, 1, bias=False), norm,
    )  # fmt: skip


def mobilenet_v2() -> NetworkSpec:
    """Sandler et al. 2018, “MobileNetV2: inverted residuals and linear bottlenecks”."""
    stages = [(6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    channels, layers = 16, [Group(name="stage1", layers=_inverted(32, 1, 16, 1))]
    for number, (expansion, filters, blocks, stride) in enumerate(stages, 2):
        first = Group(name="first", layers=_inverted(channels, expansion, filters, stride))
        same = Residual(name="residual1", layers=_inverted(filters, expansion, filters, 1))
        more = (_more(blocks - 1, (same,)),) if blocks > 1 else ()
        layers.append(Group(name=f"stage{number}", layers=(first, *more)))
        channels = filters
    return network(
        IMAGENET,
        Group(name="stem", layers=numbered(*_conv_norm(32, 3, stride=2, padding=1))),
        *layers,
        Group(name="head", layers=numbered(*_conv_norm(1280, 1))),
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten1"),
        Dropout(name="dropout1", p=0.2),
        Linear(name="classifier", out_features=CLASSES),
    )


def _conv_norm(filters: int, kernel: int, **options: Any) -> tuple[Layer, ...]:
    return (conv(filters, kernel, bias=False, **options), BatchNorm2d(name="norm"), ReLU6(name="relu"))


def _inverted(channels: int, expansion: int, filters: int, stride: int) -> tuple[Layer, ...]:
    wide = channels * expansion
    widened = _conv_norm(wide, 1) if expansion > 1 else ()
    depthwise = _conv_norm(wide, 3, stride=stride, padding=1, groups=wide)
    return numbered(*widened, *depthwise, conv(filters, 1, bias=False), BatchNorm2d(name="norm"))


def _more(times: int, layers: tuple[Layer, ...]) -> Block:
    """The layers so many times."""
    return Repeat(name="more", times=times, layers=layers) if times > 1 else Group(name="more", layers=layers)
