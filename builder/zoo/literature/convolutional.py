"""Convolutions one behind the other, or beside each other: LeNet-5, AlexNet, VGG, SqueezeNet, U-Net."""

from __future__ import annotations

from collections.abc import Sequence

from builder.layers import Layer
from builder.layers.activations import ReLU, Tanh
from builder.layers.blocks import Branches, Group
from builder.layers.convolution import Conv2d
from builder.layers.normalization import BatchNorm2d
from builder.layers.output import Softmax
from builder.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from builder.layers.regularization import Dropout
from builder.layers.shape import Flatten, Identity
from builder.layers.transposed import ConvTranspose2d
from builder.network.inputs import Image
from builder.network.spec import NetworkSpec
from builder.zoo.literature.parts import CLASSES, IMAGENET, conv, linear, network, numbered


def lenet5() -> NetworkSpec:
    """LeCun et al. 1998, “Gradient-based learning applied to document recognition”, as it is usually rebuilt."""
    layers = numbered(
        conv(6, 5, padding=2),
        Tanh(name="tanh"),
        AvgPool2d(name="pool"),
        conv(16, 5),
        Tanh(name="tanh"),
        AvgPool2d(name="pool"),
        Flatten(name="flatten"),
        linear(120),
        Tanh(name="tanh"),
        linear(84),
        Tanh(name="tanh"),
        linear(10),
        Softmax(name="softmax"),
    )
    return network(Image(channels=1, height=28, width=28), *layers)


def alexnet() -> NetworkSpec:
    """Krizhevsky 2014, “One weird trick”, as in torchvision: one tower, no local response normalization."""
    relu, pool = ReLU(name="relu"), MaxPool2d(name="pool", kernel_size=3, stride=2)
    features = numbered(
        conv(64, 11, stride=4, padding=2), relu, pool, conv(192, 5, padding=2), relu, pool, conv(384, padding=1), relu,
        conv(256, padding=1), relu, conv(256, padding=1), relu, pool,
    )  # fmt: skip
    dropout = Dropout(name="dropout")
    classifier = numbered(dropout, linear(4096), relu, dropout, linear(4096), relu, linear(CLASSES))
    return network(
        IMAGENET,
        Group(name="features", layers=features),
        AdaptiveAvgPool2d(name="avgpool", output_size=6),
        Flatten(name="flatten1"),
        Group(name="classifier", layers=classifier),
    )


def vgg(stages: Sequence[int], *, norm: bool = False) -> NetworkSpec:
    """Simonyan & Zisserman 2015, “Very deep convolutional networks”; `stages` says how many convolutions each stage has."""
    relu = ReLU(name="relu")
    made: list[Layer] = []
    for number, (count, filters) in enumerate(zip(stages, (64, 128, 256, 512, 512), strict=True), 1):
        one = (conv(filters, padding=1), *([BatchNorm2d(name="norm")] if norm else []), relu)
        made.append(Group(name=f"stage{number}", layers=numbered(*one * count, MaxPool2d(name="pool"))))
    dropout = Dropout(name="dropout")
    classifier = numbered(linear(4096), relu, dropout, linear(4096), relu, dropout, linear(CLASSES))
    return network(
        IMAGENET,
        *made,
        AdaptiveAvgPool2d(name="avgpool", output_size=7),
        Flatten(name="flatten1"),
        Group(name="classifier", layers=classifier),
    )


def squeezenet() -> NetworkSpec:
    """Iandola et al. 2016, “SqueezeNet”, version 1.1 of the authors' repository."""
    pool = MaxPool2d(name="pool", kernel_size=3, stride=2, ceil_mode=True)
    fires = [
        _fire(n, *sizes)
        for n, sizes in enumerate(
            [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)], 2
        )
    ]
    classifier = numbered(
        Dropout(name="dropout"), conv(CLASSES, 1), ReLU(name="relu"), AdaptiveAvgPool2d(name="avgpool")
    )
    pools = [pool.model_copy(update={"name": f"pool{n}"}) for n in (1, 2, 3)]
    return network(
        IMAGENET,
        *numbered(conv(64, 3, stride=2), ReLU(name="relu")),
        pools[0], *fires[:2], pools[1], *fires[2:4], pools[2], *fires[4:],
        Group(name="classifier", layers=classifier),
        Flatten(name="flatten1"),
    )  # fmt: skip


def _fire(number: int, squeeze: int, expand: int) -> Group:
    relu = ReLU(name="relu")
    narrow = Group(name="expand1x1", layers=numbered(conv(expand, 1), relu))
    wide = Group(name="expand3x3", layers=numbered(conv(expand, 3, padding=1), relu))
    expanded = Branches(name="expand", layers=(narrow, wide))
    return Group(name=f"fire{number}", layers=(*numbered(conv(squeeze, 1), relu), expanded))


def unet() -> NetworkSpec:
    """Ronneberger et al. 2015, “U-Net”, small: two levels, padded convolutions with BatchNorm, 32 × 32 grey pixels."""
    bottom = (
        MaxPool2d(name="down"),
        *numbered(*_twice(32)),
        ConvTranspose2d(name="up", out_channels=16, kernel_size=2, stride=2),
    )
    middle = (
        MaxPool2d(name="down"),
        *numbered(*_twice(16)),
        _skip("deeper", bottom),
        Group(name="join", layers=numbered(*_twice(16))),
        ConvTranspose2d(name="up", out_channels=8, kernel_size=2, stride=2),
    )
    return network(
        Image(channels=1, height=32, width=32),
        Group(name="start", layers=numbered(*_twice(8))),
        _skip("deeper", middle),
        Group(name="join", layers=numbered(*_twice(8))),
        Conv2d(name="out", out_channels=2, kernel_size=1),
    )


def _skip(name: str, layers: tuple[Layer, ...]) -> Branches:
    """What goes in, beside what the layers below make of it."""
    return Branches(name=name, layers=(Identity(name="across"), Group(name="below", layers=layers)))


def _twice(filters: int) -> tuple[Layer, ...]:
    return (conv(filters, padding=1, bias=False), BatchNorm2d(name="norm"), ReLU(name="relu")) * 2
