"""The networks that students read about, as the papers and torchvision define them, each a function that returns its spec."""

from __future__ import annotations

from builder.inputs import Image, Input, Sequence, Tokens
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
from builder.spec import NetworkSpec

CLASSES = 1000  # of ImageNet
IMAGENET = Image(channels=3, height=224, width=224)

Row = tuple[Layer, ...]  # layers one behind the other


def lenet5() -> NetworkSpec:
    """LeCun et al. 1998, with the names of its figure 2."""
    return _network(
        Image(channels=1, height=32, width=32),
        Conv2d(name="c1", out_channels=6, kernel_size=5),
        Tanh(name="tanh1"),
        AvgPool2d(name="s2"),
        Conv2d(name="c3", out_channels=16, kernel_size=5),
        Tanh(name="tanh3"),
        AvgPool2d(name="s4"),
        Conv2d(name="c5", out_channels=120, kernel_size=5),
        Tanh(name="tanh5"),
        Flatten(name="flatten"),
        Linear(name="f6", out_features=84),
        Tanh(name="tanh6"),
        Linear(name="output", out_features=10),
        Softmax(name="softmax"),
    )


def alexnet() -> NetworkSpec:
    """Krizhevsky 2014, “One weird trick for parallelizing convolutional neural networks”, as in torchvision."""
    features = (
        *_conv_relu("1", 64, kernel_size=11, stride=4, padding=2),
        MaxPool2d(name="pool1", kernel_size=3, stride=2),
        *_conv_relu("2", 192, kernel_size=5, padding=2),
        MaxPool2d(name="pool2", kernel_size=3, stride=2),
        *_conv_relu("3", 384),
        *_conv_relu("4", 256),
        *_conv_relu("5", 256),
        MaxPool2d(name="pool5", kernel_size=3, stride=2),
    )
    classifier = (
        Dropout(name="drop6"),
        Linear(name="fc6", out_features=4096),
        ReLU(name="relu6"),
        Dropout(name="drop7"),
        Linear(name="fc7", out_features=4096),
        ReLU(name="relu7"),
        Linear(name="fc8", out_features=CLASSES),
    )
    return _classifier(features, AdaptiveAvgPool2d(name="avgpool", output_size=6), classifier)


def vgg(convolutions: tuple[int, ...], *, batch_norm: bool = False) -> NetworkSpec:
    """Simonyan & Zisserman 2015, with as many `convolutions` in each of the five stages."""
    widths = (64, 128, 256, 512, 512)
    features = tuple(
        Group(name=f"stage{n}", layers=_vgg_stage(n, width, count, batch_norm=batch_norm))
        for n, (width, count) in enumerate(zip(widths, convolutions, strict=True), 1)
    )
    classifier = (
        Linear(name="fc6", out_features=4096),
        ReLU(name="relu6"),
        Dropout(name="drop6"),
        Linear(name="fc7", out_features=4096),
        ReLU(name="relu7"),
        Dropout(name="drop7"),
        Linear(name="fc8", out_features=CLASSES),
    )
    return _classifier(features, AdaptiveAvgPool2d(name="avgpool", output_size=7), classifier)


def _vgg_stage(stage: int, width: int, count: int, *, batch_norm: bool) -> Row:
    made: list[Layer] = []
    for n in range(1, count + 1):
        conv, relu = _conv_relu(f"{stage}_{n}", width)
        made += [conv, BatchNorm2d(name=f"bn{stage}_{n}"), relu] if batch_norm else [conv, relu]
    return (*made, MaxPool2d(name=f"pool{stage}"))


def resnet18() -> NetworkSpec:
    """He et al. 2016, 18 layers: basic blocks of two 3 × 3 convolutions."""

    def body(width: int, stride: int = 1) -> Row:
        return (
            _conv("conv1", width, 3, stride),
            BatchNorm2d(name="bn1"),
            ReLU(name="relu"),
            _conv("conv2", width, 3),
            BatchNorm2d(name="bn2"),
        )

    return _resnet(
        Repeat(name="layer1", times=2, layers=_residual(body(64))),
        *(
            Group(
                name=f"layer{n}",
                layers=(
                    _changed("block1", body(width, stride=2), width, stride=2),
                    Group(name="block2", layers=_residual(body(width))),
                ),
            )
            for n, width in ((2, 128), (3, 256), (4, 512))
        ),
    )


def resnet50() -> NetworkSpec:
    """He et al. 2016, 50 layers: bottlenecks of 1 × 1, 3 × 3 and 1 × 1 convolutions, the last four times as wide."""

    def body(width: int, stride: int = 1) -> Row:
        return (
            _conv("conv1", width, 1),
            BatchNorm2d(name="bn1"),
            ReLU(name="relu1"),
            _conv("conv2", width, 3, stride),
            BatchNorm2d(name="bn2"),
            ReLU(name="relu2"),
            _conv("conv3", 4 * width, 1),
            BatchNorm2d(name="bn3"),
        )

    def stage(n: int, width: int, blocks: int, stride: int) -> Layer:
        first = _changed("block1", body(width, stride), 4 * width, stride)
        return Group(
            name=f"layer{n}", layers=(first, Repeat(name="blocks", times=blocks - 1, layers=_residual(body(width))))
        )

    return _resnet(stage(1, 64, 3, 1), stage(2, 128, 4, 2), stage(3, 256, 6, 2), stage(4, 512, 3, 2))


def _resnet(*stages: Layer) -> NetworkSpec:
    return _network(
        IMAGENET,
        _conv("conv1", 64, 7, stride=2),
        BatchNorm2d(name="bn1"),
        ReLU(name="relu"),
        MaxPool2d(name="maxpool", kernel_size=3, stride=2, padding=1),
        *stages,
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten"),
        Linear(name="fc", out_features=CLASSES),
    )


def _residual(body: Row) -> Row:
    return (Residual(name="residual", layers=body), ReLU(name="relu"))


def _changed(name: str, body: Row, width: int, stride: int) -> Block:
    """The first block of a stage: its shortcut brings the input to the new width and size."""
    downsample = (_conv("conv", width, 1, stride), BatchNorm2d(name="bn"))
    return Group(name=name, layers=_residual((*body, Shortcut(name="downsample", layers=downsample))))


def mobilenet_v2() -> NetworkSpec:
    """Sandler et al. 2018: for each stage of table 2 the expansion t, the channels c, the blocks n and the first stride s."""
    table = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    stages: list[Layer] = []
    before = 32
    for number, (expansion, channels, blocks, stride) in enumerate(table, 1):
        first = Group(name="block1", layers=_inverted(before, expansion, channels, stride))
        again = Residual(name="residual", layers=_inverted(channels, expansion, channels, 1))
        others = (Repeat(name="blocks", times=blocks - 1, layers=(again,)),) if blocks > 1 else ()
        stages.append(Group(name=f"stage{number}", layers=(first, *others)))
        before = channels
    return _network(
        IMAGENET,
        Group(name="first", layers=_conv_bn_relu6("", 32, 3, stride=2)),
        *stages,
        Group(name="last", layers=_conv_bn_relu6("", 1280, 1)),
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten"),
        Dropout(name="dropout", p=0.2),
        Linear(name="classifier", out_features=CLASSES),
    )


def _inverted(channels: int, expansion: int, out_channels: int, stride: int) -> Row:
    """Widen, filter each channel by itself, and narrow again, without an activation at the end."""
    inner = expansion * channels
    return (
        *(_conv_bn_relu6("_expand", inner, 1) if expansion > 1 else ()),
        *_conv_bn_relu6("_depthwise", inner, 3, stride, groups=inner),
        _conv("conv_project", out_channels, 1),
        BatchNorm2d(name="bn_project"),
    )


def _conv_bn_relu6(suffix: str, width: int, kernel: int, stride: int = 1, groups: int = 1) -> Row:
    conv = _conv(f"conv{suffix}", width, kernel, stride, groups)
    return (conv, BatchNorm2d(name=f"bn{suffix}"), ReLU6(name=f"relu6{suffix}"))


def squeezenet() -> NetworkSpec:
    """Iandola et al. 2016, version 1.1 of the authors' own repository."""
    return _network(
        IMAGENET,
        Conv2d(name="conv1", out_channels=64, kernel_size=3, stride=2),
        ReLU(name="relu1"),
        MaxPool2d(name="pool1", kernel_size=3, stride=2, ceil_mode=True),
        _fire(2, 16, 64),
        _fire(3, 16, 64),
        MaxPool2d(name="pool3", kernel_size=3, stride=2, ceil_mode=True),
        _fire(4, 32, 128),
        _fire(5, 32, 128),
        MaxPool2d(name="pool5", kernel_size=3, stride=2, ceil_mode=True),
        _fire(6, 48, 192),
        _fire(7, 48, 192),
        _fire(8, 64, 256),
        _fire(9, 64, 256),
        Dropout(name="drop9"),
        Conv2d(name="conv10", out_channels=CLASSES, kernel_size=1),
        ReLU(name="relu10"),
        AdaptiveAvgPool2d(name="avgpool"),
        Flatten(name="flatten"),
    )


def _fire(number: int, squeeze: int, expand: int) -> Block:
    """Squeeze to few channels, then expand them by two kernels side by side."""
    both = (
        Conv2d(name="expand1x1", out_channels=expand, kernel_size=1),
        Conv2d(name="expand3x3", out_channels=expand, kernel_size=3, padding=1),
    )
    return Group(
        name=f"fire{number}",
        layers=(
            Conv2d(name="squeeze", out_channels=squeeze, kernel_size=1),
            ReLU(name="relu_squeeze"),
            Branches(name="expand", layers=both),
            ReLU(name="relu_expand"),
        ),
    )


def unet(width: int = 16, depth: int = 3) -> NetworkSpec:
    """Ronneberger et al. 2015, with `depth` levels instead of four and `width` channels at the top instead of 64."""
    image = Image(channels=1, height=64, width=64)
    return _network(image, *_unet_level(width, depth), Conv2d(name="head", out_channels=2, kernel_size=1))


def _unet_level(width: int, below: int) -> Row:
    """Two convolutions; then beside what they give, what `below` levels at half the size make of it; and two more."""
    if not below:
        return _two_convolutions("bottom", width)
    way = (
        MaxPool2d(name="pool"),
        *_unet_level(2 * width, below - 1),
        ConvTranspose2d(name="up", out_channels=width, kernel_size=2, stride=2),
    )
    both = Branches(name="level", layers=(Identity(name="skip"), Group(name="below", layers=way)))
    return (*_two_convolutions("down", width), both, *_two_convolutions("out", width))


def _two_convolutions(name: str, width: int) -> Row:
    return tuple(
        layer
        for n in (1, 2)
        for layer in (
            Conv2d(name=f"{name}_conv{n}", out_channels=width, kernel_size=3, padding=1),
            ReLU(name=f"{name}_relu{n}"),
        )
    )


def vit_b_16() -> NetworkSpec:
    """Dosovitskiy et al. 2021, ViT-B/16, with torchvision's names."""
    return _network(
        IMAGENET,
        Conv2d(name="conv_proj", out_channels=768, kernel_size=16, stride=16),
        Flatten(name="flatten", start_dim=2),
        Transpose(name="transpose"),
        ClassToken(name="class_token"),
        LearnedPositions(name="pos_embedding"),
        Repeat(
            name="encoder",
            times=12,
            layers=(
                Residual(
                    name="attention",
                    layers=(LayerNorm(name="ln_1", eps=1e-6), MultiheadAttention(name="self_attention", num_heads=12)),
                ),
                Residual(
                    name="mlp",
                    layers=(
                        LayerNorm(name="ln_2", eps=1e-6),
                        Linear(name="linear_1", out_features=3072),
                        GELU(name="gelu"),
                        Linear(name="linear_2", out_features=768),
                    ),
                ),
            ),
        ),
        LayerNorm(name="ln", eps=1e-6),
        SequencePool(name="pool", take="first"),
        Linear(name="head", out_features=CLASSES),
    )


def gpt(layers: int, width: int, heads: int, context: int, vocabulary: int = 50257) -> NetworkSpec:
    """Radford et al. 2019, with the names of OpenAI's own code; larger ones differ in nothing but these numbers."""
    attention = MultiheadAttention(name="attn", num_heads=heads, causal=True, dropout=0.1)
    feed_forward = (
        Linear(name="c_fc", out_features=4 * width),
        GELU(name="gelu", approximate="tanh"),
        Linear(name="c_proj", out_features=width),
    )
    block = (
        Residual(name="attention", layers=(LayerNorm(name="ln_1"), attention, Dropout(name="drop", p=0.1))),
        Residual(name="mlp", layers=(LayerNorm(name="ln_2"), *feed_forward, Dropout(name="drop", p=0.1))),
    )
    return _network(
        Tokens(length=context, vocabulary=vocabulary),
        Embedding(name="wte", embedding_dim=width),
        LearnedPositions(name="wpe"),
        Dropout(name="drop", p=0.1),
        Repeat(name="h", times=layers, layers=block),
        LayerNorm(name="ln_f"),
        TiedLinear(name="lm_head", out_features=vocabulary),
    )


def bert_base() -> NetworkSpec:
    """Devlin et al. 2019, the encoder of BERT base with its pooler."""
    return _network(
        Tokens(length=512, vocabulary=30522),
        Embedding(name="word_embeddings", embedding_dim=768),
        LearnedPositions(name="position_embeddings"),
        SegmentEmbedding(name="segment_embeddings"),
        LayerNorm(name="norm", eps=1e-12),
        Dropout(name="dropout", p=0.1),
        Repeat(
            name="encoder",
            times=12,
            layers=(TransformerEncoderLayer(name="layer", nhead=12, dim_feedforward=3072, activation="gelu"),),
        ),
        Group(
            name="pooler",
            layers=(
                SequencePool(name="first", take="first"),
                Linear(name="dense", out_features=768),
                Tanh(name="tanh"),
            ),
        ),
    )


def encoder_block() -> NetworkSpec:
    """Vaswani et al. 2017: one layer of the encoder in the paper's sizes, opened up."""
    return _network(
        Sequence(length=16, features=512),
        Residual(
            name="attention",
            layers=(MultiheadAttention(name="self_attention", num_heads=8), Dropout(name="drop", p=0.1)),
        ),
        LayerNorm(name="norm1"),
        Residual(
            name="feed_forward",
            layers=(
                Linear(name="linear1", out_features=2048),
                ReLU(name="relu"),
                Linear(name="linear2", out_features=512),
                Dropout(name="drop", p=0.1),
            ),
        ),
        LayerNorm(name="norm2"),
    )


def lstm_classifier() -> NetworkSpec:
    """A text of 50 words, one of two classes."""
    return _network(
        Tokens(length=50, vocabulary=5000),
        Embedding(name="embedding", embedding_dim=64),
        LSTM(name="lstm", hidden_size=64, last=True),
        Dropout(name="dropout"),
        Linear(name="out", out_features=2),
    )


def _network(given: Input, *layers: Layer) -> NetworkSpec:
    return NetworkSpec(input=given, layers=layers)


def _classifier(features: Row, avgpool: Layer, classifier: Row) -> NetworkSpec:
    """A network of torchvision's three parts."""
    return _network(
        IMAGENET,
        Group(name="features", layers=features),
        avgpool,
        Flatten(name="flatten"),
        Group(name="classifier", layers=classifier),
    )


def _conv_relu(number: str, width: int, kernel_size: int = 3, stride: int = 1, padding: int = 1) -> Row:
    conv = Conv2d(name=f"conv{number}", out_channels=width, kernel_size=kernel_size, stride=stride, padding=padding)
    return (conv, ReLU(name=f"relu{number}"))


def _conv(name: str, width: int, kernel_size: int, stride: int = 1, groups: int = 1) -> Conv2d:
    """A convolution before a BatchNorm, which has the bias; the padding keeps the size, but for the stride."""
    return Conv2d(
        name=name,
        out_channels=width,
        kernel_size=kernel_size,
        stride=stride,
        padding=kernel_size // 2,
        groups=groups,
        bias=False,
    )
