"""Networks from other rooms than the usual: ConvNeXt, MLP-Mixer, a pair that plays DCGAN, and a temporal convolutional network."""

from __future__ import annotations

from builder.initializers import Normal
from builder.layers import Layer
from builder.layers.activations import GELU, LeakyReLU, ReLU, Sigmoid, Tanh
from builder.layers.blocks import Group, Repeat, Residual, Shortcut
from builder.layers.causal import CausalConv1d
from builder.layers.convolution import Conv1d, Conv2d
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm2d, LayerNorm, LayerNorm2d, LayerScale
from builder.layers.pooling import AdaptiveAvgPool2d, SequencePool
from builder.layers.regularization import Dropout, StochasticDepth
from builder.layers.shape import Flatten, Transpose, Unflatten
from builder.layers.transposed import ConvTranspose2d
from builder.network.inputs import Features, Image, Sequence
from builder.network.spec import NetworkSpec
from builder.zoo.literature.parts import CLASSES, IMAGENET, conv, linear, network, numbered


def convnext_tiny() -> NetworkSpec:
    """Liu et al. 2022, “A ConvNet for the 2020s”; its Linear layers over channels are convolutions of 1 × 1 here."""
    norm, layers, block = LayerNorm2d(name="norm", eps=1e-6), list[Layer](), 0
    for number, (width, count) in enumerate(((96, 3), (192, 3), (384, 9), (768, 3)), 1):
        before = numbered(conv(96, 4, stride=4), norm) if number == 1 else numbered(norm, conv(width, 2, stride=2))
        layers.append(Group(name=f"down{number}" if number > 1 else "stem", layers=before))
        blocks: list[Layer] = []
        for _ in range(count):
            body = (
                conv(width, 7, padding=3, groups=width), norm, conv(4 * width, 1), GELU(name="gelu"), conv(width, 1),
                LayerScale(name="scale", init=1e-6), StochasticDepth(name="depth", p=0.1 * block / 17),
            )  # fmt: skip
            blocks.append(Residual(name="block", layers=numbered(*body)))
            block += 1
        layers.append(Group(name=f"stage{number}", layers=numbered(*blocks)))
    return network(
        IMAGENET,
        *layers,
        AdaptiveAvgPool2d(name="avgpool"),
        norm,
        Flatten(name="flatten1"),
        Linear(name="classifier", out_features=CLASSES),
    )


def mlp_mixer() -> NetworkSpec:
    """Tolstikhin et al. 2021, “MLP-Mixer”, B/16: Linear layers over the patches, and over the features, in turn."""
    turn, norm, gelu = Transpose(name="transpose"), LayerNorm(name="norm", eps=1e-6), GELU(name="gelu")
    patches = numbered(norm, turn, linear(384), gelu, linear(196), turn)
    features = numbered(norm, linear(3072), gelu, linear(768))
    mixer = (Residual(name="mix_patches", layers=patches), Residual(name="mix_features", layers=features))
    return network(
        IMAGENET,
        Conv2d(name="patches", out_channels=768, kernel_size=16, stride=16),
        Flatten(name="flatten1", start_dim=2),
        turn,
        Repeat(name="mixer", times=12, layers=mixer),
        norm,
        SequencePool(name="mean"),
        Linear(name="head", out_features=CLASSES),
    )


NARROW = Normal(mean=0.0, std=0.02)  # as the paper starts all weights


def dcgan_generator() -> NetworkSpec:
    """Radford et al. 2016, “Unsupervised representation learning with DCGANs”: 100 random numbers become an image of 64 × 64."""
    norm, relu = BatchNorm2d(name="norm"), ReLU(name="relu")

    def up(filters: int, stride: int = 2, padding: int = 1) -> ConvTranspose2d:
        return ConvTranspose2d(
            name="up",
            out_channels=filters,
            kernel_size=4,
            stride=stride,
            padding=padding,
            bias=False,
            weight_init=NARROW,
        )

    layers = [up(512, 1, 0), norm, relu]
    for filters in (256, 128, 64):
        layers += [up(filters), norm, relu]
    return network(
        Features(in_features=100),
        Unflatten(name="unflatten1", channels=100),
        *numbered(*layers, up(3)),
        Tanh(name="tanh"),
    )


def dcgan_discriminator() -> NetworkSpec:
    """The same paper: says whether an image of 64 × 64 is a real one."""
    norm, leaky = BatchNorm2d(name="norm"), LeakyReLU(name="leaky", negative_slope=0.2)

    def down(filters: int, stride: int = 2, padding: int = 1) -> Conv2d:
        return conv(filters, 4, stride=stride, padding=padding, bias=False, weight_init=NARROW)

    layers: list[Layer] = [down(64), leaky]
    for filters in (128, 256, 512):
        layers += [down(filters), norm, leaky]
    return network(
        Image(channels=3, height=64, width=64),
        *numbered(*layers, down(1, 1, 0)),
        Flatten(name="flatten1"),
        Sigmoid(name="sigmoid"),
    )


def tcn() -> NetworkSpec:
    """Bai et al. 2018, “An empirical evaluation of generic convolutional and recurrent networks for sequence modeling”.

    Eight levels of 25 channels for the pixels of a digit, one after the other, without their weight normalization.
    """
    levels: list[Layer] = []
    for level in range(8):
        one = (
            CausalConv1d(name="conv", out_channels=25, kernel_size=7, dilation=2**level),
            ReLU(name="relu"),
            Dropout(name="dropout", p=0.05),
        )
        way = (
            (Shortcut(name="shortcut", layers=(Conv1d(name="conv1", out_channels=25, kernel_size=1),)),)
            if level == 0
            else ()
        )
        residual = Residual(name="residual", layers=(*numbered(*one, *one), *way))
        levels.append(Group(name="level", layers=(residual, ReLU(name="relu"))))
    return network(
        Sequence(length=784, features=1),
        Transpose(name="transpose1"),
        *numbered(*levels),
        Transpose(name="transpose2"),
        SequencePool(name="last", take="last"),
        Linear(name="linear", out_features=10),
    )
