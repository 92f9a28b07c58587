"""Networks from the literature, built from the kinds of layers alone; their counts are those that were published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builder.layers import Layer
from builder.layers.activations import GELU, ReLU, ReLU6, Tanh
from builder.layers.attention import MultiheadAttention, TransformerEncoderLayer
from builder.layers.blocks import Block, Branches, Group, Repeat, Residual, Shortcut
from builder.layers.convolution import Conv2d, ConvTranspose2d
from builder.layers.embedding import ClassToken, Embedding, LearnedPositions, SegmentEmbedding
from builder.layers.linear import Linear, TiedLinear
from builder.layers.normalization import BatchNorm2d, LayerNorm
from builder.layers.output import Softmax
from builder.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, SequencePool
from builder.layers.recurrent import LSTM
from builder.layers.regularization import Dropout
from builder.layers.shape import Flatten, Identity, Transpose
from builder.network.inputs import Image, Input, Tokens
from builder.network.inputs import Sequence as Steps
from builder.network.spec import NetworkSpec

IMAGENET = Image(channels=3, height=224, width=224)
CLASSES = 1000  # of ImageNet


def _network(given: Input, *layers: Layer) -> NetworkSpec:
    return NetworkSpec(input=given, layers=layers)


def _numbered(*layers: Layer) -> tuple[Layer, ...]:
    """The same with a number behind each name that several have: conv, relu, conv → conv1, relu1, conv2."""
    seen: dict[str, int] = {}
    made: list[Layer] = []
    for layer in layers:
        seen[layer.name] = seen.get(layer.name, 0) + 1
        made.append(layer.model_copy(update={"name": f"{layer.name}{seen[layer.name]}"}))
    return tuple(made)


def _conv(filters: int, kernel: int = 3, **options: Any) -> Conv2d:
    return Conv2d(name="conv", out_channels=filters, kernel_size=kernel, **options)


def _linear(neurons: int) -> Linear:
    return Linear(name="linear", out_features=neurons)


def lenet5() -> NetworkSpec:
    """LeCun et al. 1998, “Gradient-based learning applied to document recognition”, as it is usually rebuilt."""
    layers = _numbered(
        _conv(6, 5, padding=2),
        Tanh(name="tanh"),
        AvgPool2d(name="pool"),
        _conv(16, 5),
        Tanh(name="tanh"),
        AvgPool2d(name="pool"),
        Flatten(name="flatten"),
        _linear(120),
        Tanh(name="tanh"),
        _linear(84),
        Tanh(name="tanh"),
        _linear(10),
        Softmax(name="softmax"),
    )
    return _network(Image(channels=1, height=28, width=28), *layers)


def alexnet() -> NetworkSpec:
    """Krizhevsky 2014, “One weird trick”, as in torchvision: one tower, no local response normalization."""
    relu, pool = ReLU(name="relu"), MaxPool2d(name="pool", kernel_size=3, stride=2)
    features = _numbered(
        _conv(64, 11, stride=4, padding=2), relu, pool, _conv(192, 5, padding=2), relu, pool, _conv(384, padding=1), relu,
        _conv(256, padding=1), relu, _conv(256, padding=1), relu, pool,
    )  # fmt: skip
    dropout = Dropout(name="dropout")
    classifier = _numbered(dropout, _linear(4096), relu, dropout, _linear(4096), relu, _linear(CLASSES))
    return _network(
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
        one = (_conv(filters, padding=1), *([BatchNorm2d(name="norm")] if norm else []), relu)
        made.append(Group(name=f"stage{number}", layers=_numbered(*one * count, MaxPool2d(name="pool"))))
    dropout = Dropout(name="dropout")
    classifier = _numbered(_linear(4096), relu, dropout, _linear(4096), relu, dropout, _linear(CLASSES))
    return _network(
        IMAGENET,
        *made,
        AdaptiveAvgPool2d(name="avgpool", output_size=7),
        Flatten(name="flatten1"),
        Group(name="classifier", layers=classifier),
    )


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
            shortcut = _numbered(_conv(widening * width, 1, stride=stride, bias=False), BatchNorm2d(name="norm"))
            first = _residual(body(width, stride), (Shortcut(name="shortcut", layers=shortcut),))
        else:
            rest = _more(blocks, _residual(body(width, 1), ()))
        layers.append(Group(name=f"layer{number}", layers=(*first, rest)))
    return _network(
        IMAGENET,
        *_numbered(_conv(64, 7, stride=2, padding=3, bias=False), BatchNorm2d(name="norm"), ReLU(name="relu")),
        MaxPool2d(name="maxpool", kernel_size=3, stride=2, padding=1),
        *layers,
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten1"),
        Linear(name="fc", out_features=CLASSES),
    )


def _more(times: int, layers: tuple[Layer, ...]) -> Block:
    """The layers so many times."""
    return Repeat(name="more", times=times, layers=layers) if times > 1 else Group(name="more", layers=layers)


def _residual(body: tuple[Layer, ...], shortcut: tuple[Shortcut, ...]) -> tuple[Layer, ...]:
    return (Residual(name="residual1", layers=(*_numbered(*body), *shortcut)), ReLU(name="relu1"))


def _basic(width: int, stride: int) -> tuple[Layer, ...]:
    norm = BatchNorm2d(name="norm")
    return (
        _conv(width, stride=stride, padding=1, bias=False), norm, ReLU(name="relu"), _conv(width, padding=1, bias=False), norm,
    )  # fmt: skip


def _bottleneck(width: int, stride: int) -> tuple[Layer, ...]:
    norm, relu = BatchNorm2d(name="norm"), ReLU(name="relu")
    return (
        _conv(width, 1, bias=False), norm, relu,
        _conv(width, stride=stride, padding=1, bias=False), norm, relu,
        _conv(4 * width, 1, bias=False), norm,
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
    return _network(
        IMAGENET,
        Group(name="stem", layers=_numbered(*_conv_norm(32, 3, stride=2, padding=1))),
        *layers,
        Group(name="head", layers=_numbered(*_conv_norm(1280, 1))),
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten1"),
        Dropout(name="dropout1", p=0.2),
        Linear(name="classifier", out_features=CLASSES),
    )


def _conv_norm(filters: int, kernel: int, **options: Any) -> tuple[Layer, ...]:
    return (_conv(filters, kernel, bias=False, **options), BatchNorm2d(name="norm"), ReLU6(name="relu"))


def _inverted(channels: int, expansion: int, filters: int, stride: int) -> tuple[Layer, ...]:
    wide = channels * expansion
    widened = _conv_norm(wide, 1) if expansion > 1 else ()
    depthwise = _conv_norm(wide, 3, stride=stride, padding=1, groups=wide)
    return _numbered(*widened, *depthwise, _conv(filters, 1, bias=False), BatchNorm2d(name="norm"))


def squeezenet() -> NetworkSpec:
    """Iandola et al. 2016, “SqueezeNet”, version 1.1 of the authors' repository."""
    pool = MaxPool2d(name="pool", kernel_size=3, stride=2, ceil_mode=True)
    fires = [
        _fire(n, *sizes)
        for n, sizes in enumerate(
            [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)], 2
        )
    ]
    classifier = _numbered(
        Dropout(name="dropout"), _conv(CLASSES, 1), ReLU(name="relu"), AdaptiveAvgPool2d(name="avgpool")
    )
    pools = [pool.model_copy(update={"name": f"pool{n}"}) for n in (1, 2, 3)]
    return _network(
        IMAGENET,
        *_numbered(_conv(64, 3, stride=2), ReLU(name="relu")),
        pools[0], *fires[:2], pools[1], *fires[2:4], pools[2], *fires[4:],
        Group(name="classifier", layers=classifier),
        Flatten(name="flatten1"),
    )  # fmt: skip


def _fire(number: int, squeeze: int, expand: int) -> Group:
    relu = ReLU(name="relu")
    narrow = Group(name="expand1x1", layers=_numbered(_conv(expand, 1), relu))
    wide = Group(name="expand3x3", layers=_numbered(_conv(expand, 3, padding=1), relu))
    expanded = Branches(name="expand", layers=(narrow, wide))
    return Group(name=f"fire{number}", layers=(*_numbered(_conv(squeeze, 1), relu), expanded))


def vit_b16() -> NetworkSpec:
    """Dosovitskiy et al. 2021, “An image is worth 16 × 16 words”."""
    return _network(
        IMAGENET,
        Conv2d(name="patches", out_channels=768, kernel_size=16, stride=16),
        Flatten(name="flatten1", start_dim=2),
        Transpose(name="transpose1"),
        ClassToken(name="class_token"),
        LearnedPositions(name="positions"),
        Repeat(name="encoder", times=12, layers=_transformer(768, 12, causal=False)),
        LayerNorm(name="norm", eps=1e-6),
        SequencePool(name="first", take="first"),
        Linear(name="head", out_features=CLASSES),
    )


def gpt(layers: int, width: int, heads: int, context: int, vocabulary: int = 50_257) -> NetworkSpec:
    """Radford et al. 2019, “Language models are unsupervised multitask learners”; the head is the Embedding's weight."""
    return _network(
        Tokens(length=context, vocabulary=vocabulary),
        Embedding(name="wte", embedding_dim=width),
        LearnedPositions(name="wpe"),
        Dropout(name="dropout1", p=0.1),
        Repeat(name="h", times=layers, layers=_transformer(width, heads, causal=True)),
        LayerNorm(name="ln_f"),
        TiedLinear(name="lm_head", out_features=vocabulary),
    )


def _transformer(width: int, heads: int, *, causal: bool) -> tuple[Layer, ...]:
    """The layers of a transformer that normalizes first: attention and two Linear layers, each with its residual."""
    attention = MultiheadAttention(name="attention", num_heads=heads, causal=causal)
    gelu = GELU(name="gelu", approximate="tanh" if causal else "none")  # GPT-2's own code has the approximation
    inner = _numbered(_linear(4 * width), gelu, _linear(width))
    return (
        Residual(name="attend", layers=(LayerNorm(name="norm1", eps=1e-5 if causal else 1e-6), attention)),
        Residual(name="think", layers=(LayerNorm(name="norm2", eps=1e-5 if causal else 1e-6), *inner)),
    )


def bert_base() -> NetworkSpec:
    """Devlin et al. 2019, “BERT”: the encoder with its pooler."""
    encoder = TransformerEncoderLayer(name="layer", nhead=12, dim_feedforward=3072, activation="gelu")
    return _network(
        Tokens(length=512, vocabulary=30_522),
        Group(
            name="embeddings",
            layers=(
                Embedding(name="words", embedding_dim=768),
                LearnedPositions(name="positions", num_embeddings=512),
                SegmentEmbedding(name="segments"),
                LayerNorm(name="norm", eps=1e-12),
                Dropout(name="dropout", p=0.1),
            ),
        ),
        Repeat(name="encoder", times=12, layers=(encoder,)),
        Group(
            name="pooler",
            layers=(
                SequencePool(name="first", take="first"),
                Linear(name="dense", out_features=768),
                Tanh(name="tanh"),
            ),
        ),
    )


def unet() -> NetworkSpec:
    """Ronneberger et al. 2015, “U-Net”, small: two levels, padded convolutions with BatchNorm, 32 × 32 grey pixels."""
    bottom = (
        MaxPool2d(name="down"),
        *_numbered(*_twice(32)),
        ConvTranspose2d(name="up", out_channels=16, kernel_size=2, stride=2),
    )
    middle = (
        MaxPool2d(name="down"),
        *_numbered(*_twice(16)),
        _skip("deeper", bottom),
        Group(name="join", layers=_numbered(*_twice(16))),
        ConvTranspose2d(name="up", out_channels=8, kernel_size=2, stride=2),
    )
    return _network(
        Image(channels=1, height=32, width=32),
        Group(name="start", layers=_numbered(*_twice(8))),
        _skip("deeper", middle),
        Group(name="join", layers=_numbered(*_twice(8))),
        Conv2d(name="out", out_channels=2, kernel_size=1),
    )


def _skip(name: str, layers: tuple[Layer, ...]) -> Branches:
    """What goes in, beside what the layers below make of it."""
    return Branches(name=name, layers=(Identity(name="across"), Group(name="below", layers=layers)))


def _twice(filters: int) -> tuple[Layer, ...]:
    return (_conv(filters, padding=1, bias=False), BatchNorm2d(name="norm"), ReLU(name="relu")) * 2


def lstm_classifier() -> NetworkSpec:
    """Reads a text word by word and says which of two classes it belongs to."""
    return _network(
        Tokens(length=32, vocabulary=5000),
        Embedding(name="embedding", embedding_dim=64),
        LSTM(name="lstm", hidden_size=64, bidirectional=True, last=True),
        Dropout(name="dropout1"),
        Linear(name="out", out_features=2),
        Softmax(name="softmax1"),
    )


def encoder_block() -> NetworkSpec:
    """One block of Vaswani et al. 2017, “Attention is all you need”, part by part: it normalizes after each residual."""
    inner = (Linear(name="linear1", out_features=256), ReLU(name="relu1"), Linear(name="linear2", out_features=64))
    return _network(
        Steps(length=16, features=64),
        LearnedPositions(name="positions"),
        Residual(name="attend", layers=(MultiheadAttention(name="attention", num_heads=4),)),
        LayerNorm(name="norm1"),
        Residual(name="think", layers=inner),
        LayerNorm(name="norm2"),
    )
