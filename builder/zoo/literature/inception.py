"""Networks of branches put side by side: GoogLeNet, Inception v3 and DenseNet, as torchvision counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.blocks import Branches, Group
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm2d
from builder.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from builder.layers.regularization import Dropout
from builder.layers.shape import Flatten, Identity
from builder.network.inputs import Image
from builder.network.spec import NetworkSpec
from builder.zoo.literature.parts import CLASSES, IMAGENET, conv, network, numbered

Window = int | tuple[int, int]


def _filters(count: int, kernel: Window = 1, **options: Any) -> tuple[Layer, ...]:
    """A convolution with its BatchNorm and its ReLU."""
    made = conv(count, 3, bias=False, **options).with_option("kernel_size", kernel)
    return (made, BatchNorm2d(name="norm", eps=1e-3), ReLU(name="relu"))


def _side_by_side(name: str, *ways: tuple[Layer, ...]) -> Branches:
    groups = [Group(name=f"branch{n}", layers=numbered(*way)) for n, way in enumerate(ways, 1)]
    return Branches(name=name, layers=tuple(groups))


def _head(dropout: float) -> tuple[Layer, ...]:
    return (
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten1"),
        Dropout(name="dropout1", p=dropout),
        Linear(name="fc", out_features=CLASSES),
    )


def googlenet() -> NetworkSpec:
    """Szegedy et al. 2015, “Going deeper with convolutions”, without the auxiliary heads.

    As torchvision has it: with BatchNorm, and with 3 × 3 where the paper has 5 × 5.
    """
    stem = (
        *_filters(64, 7, stride=2, padding=3), _pool(3), *_filters(64), *_filters(192, 3, padding=1), _pool(3),
    )  # fmt: skip
    third = [(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)]
    fourth = [
        (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ]  # fmt: skip
    fifth = [(256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)]
    return network(
        IMAGENET,
        Group(name="stem", layers=numbered(*stem)),
        _stage("stage3", third), _pool(3).with_option("name", "pool3"),
        _stage("stage4", fourth), _pool(2).with_option("name", "pool4"),
        _stage("stage5", fifth),
        *_head(0.2),
    )  # fmt: skip


def _pool(size: int) -> MaxPool2d:
    return MaxPool2d(name="pool", kernel_size=size, stride=2, ceil_mode=True)


def _stage(name: str, sizes: Sequence[tuple[int, ...]]) -> Group:
    return Group(name=name, layers=numbered(*(_inception(*each) for each in sizes)))


def _inception(one: int, before3: int, three: int, before5: int, five: int, pooled: int) -> Branches:
    return _side_by_side(
        "inception",
        _filters(one),
        (*_filters(before3), *_filters(three, 3, padding=1)),
        (*_filters(before5), *_filters(five, 3, padding=1)),
        (MaxPool2d(name="pool", kernel_size=3, stride=1, padding=1, ceil_mode=True), *_filters(pooled)),
    )


def inception_v3() -> NetworkSpec:
    """Szegedy et al. 2016, “Rethinking the Inception architecture”, for 299 × 299 pixels, without the auxiliary head."""
    pool = MaxPool2d(name="pool", kernel_size=3, stride=2)
    stem = (
        *_filters(32, 3, stride=2), *_filters(32, 3), *_filters(64, 3, padding=1), pool,
        *_filters(80), *_filters(192, 3), pool,
    )  # fmt: skip
    wide = [_factored(128), _factored(160), _factored(160), _factored(192)]
    return network(
        Image(channels=3, height=299, width=299),
        Group(name="stem", layers=numbered(*stem)),
        Group(name="mixed5", layers=numbered(*(_mixed5(pooled) for pooled in (32, 64, 64)))),
        _smaller6(),
        Group(name="mixed6", layers=numbered(*wide)),
        _smaller7(),
        Group(name="mixed7", layers=numbered(_split(), _split())),
        *_head(0.5),
    )


def _averaged(filters: int) -> tuple[Layer, ...]:
    return (AvgPool2d(name="pool", kernel_size=3, stride=1, padding=1), *_filters(filters))


def _mixed5(pooled: int) -> Branches:
    three = _filters(96, 3, padding=1)
    return _side_by_side(
        "mixed",
        _filters(64),
        (*_filters(48), *_filters(64, 5, padding=2)),
        (*_filters(64), *three, *three),
        _averaged(pooled),
    )


def _smaller6() -> Branches:
    twice = (*_filters(64), *_filters(96, 3, padding=1), *_filters(96, 3, stride=2))
    return _side_by_side(
        "smaller6", _filters(384, 3, stride=2), twice, (MaxPool2d(name="pool", kernel_size=3, stride=2),)
    )


def _across(filters: int) -> tuple[Layer, ...]:
    return _filters(filters, (1, 7), padding=(0, 3))


def _down(filters: int) -> tuple[Layer, ...]:
    return _filters(filters, (7, 1), padding=(3, 0))


def _factored(width: int) -> Branches:
    """7 × 7 as 1 × 7 and 7 × 1."""
    return _side_by_side(
        "mixed",
        _filters(192),
        (*_filters(width), *_across(width), *_down(192)),
        (*_filters(width), *_down(width), *_across(width), *_down(width), *_across(192)),
        _averaged(192),
    )


def _smaller7() -> Branches:
    return _side_by_side(
        "smaller7",
        (*_filters(192), *_filters(320, 3, stride=2)),
        (*_filters(192), *_across(192), *_down(192), *_filters(192, 3, stride=2)),
        (MaxPool2d(name="pool", kernel_size=3, stride=2),),
    )


def _split() -> Branches:
    both = _side_by_side("both", _filters(384, (1, 3), padding=(0, 1)), _filters(384, (3, 1), padding=(1, 0)))
    return _side_by_side(
        "mixed",
        _filters(320),
        (*_filters(384), both),
        (*_filters(448), *_filters(384, 3, padding=1), both),
        _averaged(192),
    )


def densenet121() -> NetworkSpec:
    """Huang et al. 2017, “Densely connected convolutional networks”: each layer sees all that the ones before it made."""
    norm, relu = BatchNorm2d(name="norm"), ReLU(name="relu")
    new = Group(
        name="new", layers=numbered(norm, relu, conv(128, 1, bias=False), norm, relu, conv(32, padding=1, bias=False))
    )
    dense = Branches(name="dense", layers=(Identity(name="before"), new))
    layers: list[Layer] = []
    for number, (count, halved) in enumerate(((6, 128), (12, 256), (24, 512), (16, 0)), 1):
        layers.append(Group(name=f"block{number}", layers=numbered(*[dense] * count)))
        if halved:
            transition = (norm, relu, conv(halved, 1, bias=False), AvgPool2d(name="pool"))
            layers.append(Group(name=f"transition{number}", layers=numbered(*transition)))
    return network(
        IMAGENET,
        *numbered(conv(64, 7, stride=2, padding=3, bias=False), norm, relu),
        MaxPool2d(name="maxpool", kernel_size=3, stride=2, padding=1),
        *layers,
        BatchNorm2d(name="norm5"),
        ReLU(name="relu5"),
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten1"),
        Linear(name="classifier", out_features=CLASSES),
    )
